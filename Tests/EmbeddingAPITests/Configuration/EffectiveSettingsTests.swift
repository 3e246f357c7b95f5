import Foundation
import Generation
import HTTPServer
import Testing

@testable import EmbeddingAPI

/// Which of flags, variables, file and defaults has the last word.
@Suite struct EffectiveSettingsTests {
    private func settings(
        _ yaml: String = "", environment: [String: String] = [:], flags: [String: String] = [:]
    ) throws -> ServiceSettings {
        let file = try TemporaryConfiguration(yaml)
        return try EffectiveSettings(flags: flags, environment: environment, file: file.path).settings
    }

    @Test func nothingSaidIsTheDefaults() throws {
        #expect(try EffectiveSettings().settings == ServiceSettings())
        #expect(try settings("# only a comment\n") == ServiceSettings())
        #expect(try settings("server:\nmodels:\nlog: ~\n") == ServiceSettings())
        #expect(try EffectiveSettings(environment: ["PATH": "/bin", "HYPEREMBED_CONFIG": ""]).settings == ServiceSettings())
    }

    /// Values as text, each read back as text, with the flag where there is one.
    private static let samples: [(key: String, file: String, variable: String, flag: (String, String)?)] = [
        ("server.host", "localhost", "0.0.0.0", ("host", "10.0.0.1")),
        ("server.port", "81", "82", ("port", "83")),
        ("server.unix_socket", "/a", "/b", ("unix-socket", "/c")),
        ("server.idle_timeout", "1.5", "0", ("idle-timeout", "86400")),
        ("server.lame_duck", "1", "2", ("lame-duck", "3")),
        ("server.drain_timeout", "1", "2", ("drain-timeout", "3")),
        ("server.compression_level", "0", "9", ("compression-level", "5")),
        ("admin.host", "localhost", "0.0.0.0", ("admin-host", "10.0.0.1")),
        ("admin.port", "91", "92", ("admin-port", "0")),
        ("tls.client_certificates", "optional", "required", ("tls-client-certificates", "optional")),
        ("limits.max_connections", "1", "2", ("max-connections", "3")),
        ("limits.max_connections_per_address", "1", "2", ("max-connections-per-address", "3")),
        ("engine.workers", "1", "2", ("workers", "3")),
        ("engine.cache_megabytes", "0", "2", ("cache-megabytes", "3")),
        ("engine.queue_rows", "1", "2", ("queue-rows", "3")),
        ("metrics.listener", "service", "service", ("metrics-listener", "service")),
        ("keys.file", "/a", "/b", ("keys-file", "/c")),
        ("log.format", "json", "text", ("log-format", "json")),
        ("log.level", "trace", "debug", ("log-level", "critical")),
        ("log.tokens", "true", "false", ("log-tokens", "true")),
        ("log.requests", "json", "text", ("access-log", "json")),
        ("page.enabled", "false", "true", ("page-enabled", "false")),
        ("models.default.base", "/a", "/b", ("base", "/c")),
        ("models.default.input_embeddings", "a", "b", ("input-embeddings", "c")),
        ("models.default.word_vectors", "/a", "/b", ("word-vectors", "/c")),
        ("models.default.factorization", "/a", "/b", ("factorization", "/c")),
        ("models.default.donor", "/a", "/b", ("donor", "/c")),
        ("models.default.weights", "float16", "bfloat16", ("weights", "float32")),
        ("models.default.cache_megabytes", "1", "2", nil),
        ("models.default.maximum_tokens", "1", "2", nil),
    ]

    /// Every origin has its turn on every setting, seen in the listing.
    @Test(arguments: samples.indices) func flagsComeBeforeVariablesBeforeTheFile(index: Int) throws {
        let sample = Self.samples[index]
        let parts = sample.key.split(separator: ".")
        let indented = parts.enumerated().map { String(repeating: "  ", count: $0) + $1 + ":" }
        let file = try TemporaryConfiguration("# a line before\n" + indented.joined(separator: "\n") + " " + sample.file + "\n")
        let variable = "HYPEREMBED_" + sample.key.uppercased().replacingOccurrences(of: ".", with: "_")
        let last = String(parts[parts.count - 1])
        func expect(_ value: String, _ origin: String, _ effective: EffectiveSettings) {
            let group = parts.count == 2 ? "\n\(parts[0]):\n" : "\n  default:\n"
            let listing = ("\n" + effective.yaml).components(separatedBy: group).dropFirst().first ?? ""
            let line = listing.components(separatedBy: "\n").first { $0.trimmingCharacters(in: .whitespaces).hasPrefix("\(last):") }
            #expect(line?.trimmingCharacters(in: .whitespaces) == "\(last): \(value)  # \(origin)")
        }
        expect(sample.file, "file:\(parts.count + 1)", try EffectiveSettings(file: file.path))
        let environment = [variable: sample.variable]
        expect(sample.variable, "environment \(variable)", try EffectiveSettings(environment: environment, file: file.path))
        guard let (flag, value) = sample.flag else { return }
        expect(value, "flag --\(flag)", try EffectiveSettings(flags: [flag: value], environment: environment, file: file.path))
        expect(value, "flag --\(flag)", try EffectiveSettings(flags: [flag: value]))
    }

    @Test func theVariableNamesTheFileUnlessTheFlagDoes() throws {
        let (one, two) = (try TemporaryConfiguration("server: {port: 1}"), try TemporaryConfiguration("server: {port: 2}"))
        #expect(try EffectiveSettings(environment: ["HYPEREMBED_CONFIG": one.path]).settings.server.port == 1)
        #expect(try EffectiveSettings(environment: ["HYPEREMBED_CONFIG": one.path], file: two.path).settings.server.port == 2)
    }

    @Test func anEmptyVariableIsNoValue() throws {
        #expect(try settings("admin: {port: 1}", environment: ["HYPEREMBED_ADMIN_PORT": ""]).admin.port == nil)
    }

    @Test func typedPartsForTheService() throws {
        let settings = try settings(
            """
            server: {port: 1, idle_timeout: 2.5, compression_level: 0, drain_timeout: 3}
            admin: {port: 0, host: "::1"}
            limits: {max_connections: 5, max_connections_per_address: 6}
            engine: {workers: 7, queue_rows: 8}
            tls: {certificate: /c, key: /k, client_authorities: /a, client_certificates: optional, minimum_version: 1.3}
            log: {requests: json}
            """)
        #expect(settings.address == .tcp(host: "127.0.0.1", port: 1) && settings.adminAddress == .tcp(host: "::1", port: 0))
        let server = settings.serverConfiguration
        #expect(server.timeouts.idle == .milliseconds(2_500) && server.drainTimeout == .seconds(3) && server.compression == nil)
        #expect(server.maximumConnections == 5 && server.maximumConnectionsPerAddress == 6)
        #expect(server.limits.bodyBytesByPath == EmbeddingService.bodyBytesByPath)
        #expect(settings.engineConfiguration.workers == 7 && settings.engineConfiguration.waitingRows == 8)
        var tls = TLSConfiguration(certificateChain: "/c", privateKey: "/k", clientAuthorities: "/a")
        tls.clientCertificates = .optional
        tls.minimumVersion = .tls1_3
        #expect(settings.tlsConfiguration == tls && settings.requestLogFormat == .json)

        let defaults = ServiceSettings()
        #expect(defaults.adminAddress == nil && defaults.tlsConfiguration == nil && defaults.requestLogFormat == nil)
        #expect(defaults.serverConfiguration.compression?.level == 1)
    }

    @Test func aModelsCacheIsTheEnginesUnlessItHasItsOwn() throws {
        let file = try TemporaryConfiguration(
            "engine: {cache_megabytes: 3}\nmodels: {a: {cache_megabytes: 5}, b: {cache_megabytes: }}\n")
        let one = try EffectiveSettings(file: file.path)
        #expect(one.settings.models.map(\.cacheBytes) == [5 << 20, 3 << 20])
        #expect(one.yaml.contains("    cache_megabytes: 5  # file:2\n") && one.yaml.contains("    cache_megabytes: 3  # file:1\n"))
        let two = try EffectiveSettings(
            flags: ["cache-megabytes": "4"], environment: ["HYPEREMBED_MODELS_A_CACHE_MEGABYTES": ""], file: file.path)
        #expect(two.settings.models.map(\.cacheBytes) == [4 << 20, 4 << 20])
        #expect(two.yaml.components(separatedBy: "    cache_megabytes: 4  # flag --cache-megabytes\n").count == 3)
    }

    // MARK: Models

    @Test func modelsInTheOrderOfTheFile() throws {
        let file = try TemporaryConfiguration(
            """
            engine:
              cache_megabytes: 3
            models:
              b:
                base: folders/b
                hypernetwork: ../h
                word_vectors: w
                factorization: f
                token_vectors: t
                source_word_vectors: s
                dictionary: d
                donor: folders/o
                methods: [mean, hypernetwork]
                cache_megabytes: 5
                maximum_tokens: 7
              a-1:
                base: /elsewhere
                input_embeddings: in
                output_embeddings: out
                weights: bfloat16
                cache_megabytes:
              c:
            """)
        let environment = ["HYPEREMBED_MODELS_A_1_MAXIMUM_TOKENS": "9", "HYPEREMBED_MODELS_C_METHODS": "mean, normal"]
        let settings = try EffectiveSettings(environment: environment, file: file.path).settings
        var b = ModelSettings(name: "b")
        b.base = file.folder + "/folders/b"
        b.hypernetwork = file.folder + "/../h"
        (b.parts.wordVectors, b.parts.factorization) = (file.folder + "/w", file.folder + "/f")
        (b.parts.tokenVectors, b.parts.sourceWordVectors) = (file.folder + "/t", file.folder + "/s")
        (b.parts.dictionary, b.parts.donor) = (file.folder + "/d", file.folder + "/folders/o")
        b.methods = [.mean, .hypernetwork]
        b.cacheBytes = 5 << 20
        b.maximumTokens = 7
        var a = ModelSettings(name: "a-1")
        (a.base, a.inputEmbeddings, a.outputEmbeddings) = ("/elsewhere", "in", "out")
        (a.weights, a.cacheBytes, a.maximumTokens) = (.bfloat16, 3 << 20, 9)
        var c = ModelSettings(name: "c")
        (c.cacheBytes, c.methods) = (3 << 20, [.mean, .normal])
        #expect(settings.models == [b, a, c])
    }

    @Test func pathsOfFlagsAndVariablesAreThoseOfTheWorkingFolder() throws {
        let settings = try settings("keys: {file: k}", environment: ["HYPEREMBED_KEYS_FILE": "e"], flags: ["base": "f"])
        #expect(settings.keys.file == "e" && settings.models[0].base == "f")
    }

    // MARK: Listing

    @Test func theListingIsAConfigurationOfTheSame() throws {
        let file = try TemporaryConfiguration(
            #"""
            server: {host: "::", unix_socket: "a # b\n\"\\é'☃😀"}
            tls: {certificate: "*c & d", key: 'yes', minimum_version: 1.3}
            keys: {file: ~no}
            models:
              x: {base: null, methods: [mean], cache_megabytes: 2}
              "on": {base: "a: b", input_embeddings: "null", output_embeddings: "12"}
            """#.replacingOccurrences(of: "\"*c & d\"", with: #""\x2ac \x26 d""#))
        let first = try EffectiveSettings(environment: ["HYPEREMBED_ENGINE_CACHE_MEGABYTES": "9"], file: file.path)
        #expect(first.settings.server.unixSocket == file.folder + "/a # b\n\"\\é'☃😀")
        let listing = try TemporaryConfiguration(first.yaml)
        let second = try EffectiveSettings(file: listing.path)
        #expect(second.settings == first.settings)
        #expect(first.yaml.contains("    cache_megabytes: 9  # environment HYPEREMBED_ENGINE_CACHE_MEGABYTES\n"))
        #expect(try settings(EffectiveSettings().yaml) == ServiceSettings())
    }

    // MARK: config/hyperembed.yaml

    @Test func theFileOfTheRepositoryHasEverySettingAtItsDefault() throws {
        let path = URL(fileURLWithPath: #filePath + "/../../../../config/hyperembed.yaml").standardizedFileURL.path
        #expect(try EffectiveSettings(file: path).settings == ServiceSettings())
        let keys =
            Setting<ServiceSettings>.all.map(\.key) + Setting<ModelSettings>.all.map { "models.default.\($0.key)" }
        let file = ConfigurationFile(path: path)
        #expect(Set(file.values.keys) == Set(keys) && file.problems.isEmpty)
    }

    @Test func everySettingHasItsOwnNames() {
        let keys = Setting<ServiceSettings>.all.map(\.key) + Setting<ModelSettings>.all.map(\.key)
        #expect(Set(keys).count == keys.count)
        let flags = Setting<ServiceSettings>.all.compactMap(\.flag) + Setting<ModelSettings>.all.compactMap(\.flag)
        #expect(Set(flags).count == flags.count)
        for setting in Setting<ServiceSettings>.all {
            #expect(setting.needs.map { needed in Setting<ServiceSettings>.all.contains { $0.key == needed } } ?? true)
        }
    }
}
