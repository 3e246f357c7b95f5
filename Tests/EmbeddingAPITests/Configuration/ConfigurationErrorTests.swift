import Foundation
import Testing

@testable import EmbeddingAPI

/// What is wrong with a configuration, in the words that people read.
@Suite struct ConfigurationErrorTests {
    /// With the file called h.yaml.
    private func problems(
        _ yaml: String, environment: [String: String] = [:], flags: [String: String] = [:]
    ) throws -> [String] {
        try problems(Data(yaml.utf8), environment: environment, flags: flags)
    }

    private func problems(
        _ bytes: Data, environment: [String: String] = [:], flags: [String: String] = [:]
    ) throws -> [String] {
        let file = try TemporaryConfiguration(bytes)
        do {
            _ = try EffectiveSettings(flags: flags, environment: environment, file: file.path)
            return []
        } catch {
            return error.problems.map { $0.replacingOccurrences(of: file.path, with: "h.yaml") }
        }
    }

    private func problems(environment: [String: String] = [:], flags: [String: String] = [:]) throws -> [String] {
        try problems("", environment: environment, flags: flags)
    }

    @Test func unknownKeys() throws {
        #expect(
            try problems(
                """
                server:
                  prot: 1
                  max_connections: 2
                sever: {port: 1}
                port: 3
                # a comment
                models:
                  a: {bse: /x}
                log: {wibble: 1, "a b\\n": 2}
                """) == [
                    "h.yaml:2: unknown key server.prot; did you mean server.port?",
                    "h.yaml:3: unknown key server.max_connections; did you mean limits.max_connections?",
                    "h.yaml:4: unknown key sever.port; did you mean server.port?",
                    "h.yaml:5: unknown key port; did you mean server.port?",
                    "h.yaml:8: unknown key models.a.bse; did you mean models.a.base?",
                    #"h.yaml:9: unknown key "log.a b\n""#,
                    "h.yaml:9: unknown key log.wibble",
                ])
        #expect(try problems("keyz:\n") == ["h.yaml:1: unknown key keyz; did you mean keys?"])
        #expect(try problems("\(String(repeating: "k", count: 1_000)): 1")[0].count < 150)
    }

    @Test func moreUnknownKeysThanAnyoneReads() throws {
        let models = "models: {" + (0..<99).map { "m\($0): ," }.joined() + "}\n"
        let problems = try problems((1...999).map { "key\($0):\n" }.joined() + models)
        #expect(problems.count == 51 && problems[49] == "h.yaml:50: unknown key key50")
        #expect(problems[50] == "and 949 more unknown keys")
    }

    @Test func unknownVariables() throws {
        #expect(
            try problems(environment: [
                "HYPEREMBED_SERVER_PROT": "secret", "HYPEREMBED_PORT": "1", "HYPEREMBED_ZZZZZZZZZZ": "",
            ]) == [
                "unknown variable HYPEREMBED_PORT; did you mean HYPEREMBED_SERVER_PORT?",
                "unknown variable HYPEREMBED_SERVER_PROT; did you mean HYPEREMBED_SERVER_PORT?",
                "unknown variable HYPEREMBED_ZZZZZZZZZZ",
            ])
        #expect(
            try problems("models: {a: }", environment: ["HYPEREMBED_MODELS_B_BASE": "/x"]) == [
                "unknown variable HYPEREMBED_MODELS_B_BASE; did you mean HYPEREMBED_MODELS_A_BASE?"
            ])
        #expect(
            try problems("models: {a-b: , a_b: }", environment: ["HYPEREMBED_MODELS_A_B_BASE": "/x"]) == [
                "HYPEREMBED_MODELS_A_B_BASE stands for models.a-b.base and for models.a_b.base"
            ])
    }

    /// Those that Kubernetes makes in every pod beside a Service called hyperembed.
    @Test func variablesOfServiceLinks() throws {
        #expect(
            try problems(environment: [
                "HYPEREMBED_SERVICE_HOST": "10.0.0.1", "HYPEREMBED_SERVICE_PORT": "80", "HYPEREMBED_SERVICE_PORT_HTTP": "80",
                "HYPEREMBED_PORT": "tcp://10.0.0.1:80", "HYPEREMBED_PORT_80_TCP": "tcp://10.0.0.1:80",
                "HYPEREMBED_PORT_80_TCP_PROTO": "tcp", "HYPEREMBED_PORT_80_TCP_PORT": "80",
                "HYPEREMBED_PORT_80_TCP_ADDR": "10.0.0.1",
            ]) == [])
    }

    @Test func wrongTypesAndRangesOfEveryOrigin() throws {
        #expect(
            try problems(
                """
                server:
                  port: http
                  host:
                  idle_timeout: 86401
                  lame_duck: nan
                  compression_level: [1]
                log: {level: loud, tokens: 1}
                page: {enabled: yes}
                tls: {minimum_version: 1.1}
                """,
                environment: ["HYPEREMBED_ENGINE_WORKERS": "0", "HYPEREMBED_LOG_FORMAT": "xml", "HYPEREMBED_SERVER_HOST": ""],
                flags: ["port": "70000", "cache-megabytes": "1048577", "access-log": "on"]) == [
                    #"h.yaml:3: server.host takes a text, not nothing"#,
                    "HYPEREMBED_SERVER_HOST takes a text, not nothing",
                    #"h.yaml:2: server.port takes a number from 0 to 65535, not "http""#,
                    #"--port takes a number from 0 to 65535, not "70000""#,
                    #"h.yaml:4: server.idle_timeout takes seconds from 0 to 86400, not "86401""#,
                    #"h.yaml:5: server.lame_duck takes seconds from 0 to 86400, not "nan""#,
                    #"h.yaml:6: server.compression_level takes a number from 0 to 9, not ["1"]"#,
                    #"h.yaml:9: tls.minimum_version takes 1.2 or 1.3, not "1.1""#,
                    #"HYPEREMBED_ENGINE_WORKERS takes a number from 1 to 1024, not "0""#,
                    #"--cache-megabytes takes a number from 0 to 1048576, not "1048577""#,
                    #"HYPEREMBED_LOG_FORMAT takes text or json, not "xml""#,
                    #"h.yaml:7: log.level takes one of trace, debug, info, notice, warning, error, critical, not "loud""#,
                    #"h.yaml:7: log.tokens takes true or false, not "1""#,
                    #"--access-log takes one of none, json, text, not "on""#,
                    #"h.yaml:8: page.enabled takes true or false, not "yes""#,
                ])
    }

    /// Settings that may have no value take no wrong one either.
    @Test func wrongValuesWhereThereMayBeNone() throws {
        #expect(
            try problems(
                """
                server: {unix_socket: [a]}
                admin: {port: -1}
                tls: {certificate: {}}
                limits: {max_connections_per_address: many}
                models: {a: {base: [], input_embeddings: {}, cache_megabytes: x, maximum_tokens: 0}}
                """) == [
                    #"h.yaml:1: server.unix_socket takes a path, not ["a"]"#,
                    #"h.yaml:2: admin.port takes a number from 0 to 65535, not "-1""#,
                    "h.yaml:3: tls.certificate takes a path, not a mapping",
                    #"h.yaml:4: limits.max_connections_per_address takes a number from 1, not "many""#,
                    "h.yaml:5: models.a.base takes a path, not []",
                    "h.yaml:5: models.a.input_embeddings takes a text, not a mapping",
                    #"h.yaml:5: models.a.cache_megabytes takes a number from 0 to 1048576, not "x""#,
                    #"h.yaml:5: models.a.maximum_tokens takes a number from 1 to 1048576, not "0""#,
                ])
    }

    @Test func groupsAndModelsAreMappings() throws {
        #expect(try problems("server: 1\n") == [#"h.yaml:1: server takes a mapping of settings, not "1""#])
        #expect(try problems("server: [a]\n") == [#"h.yaml:1: server takes a mapping of settings, not ["a"]"#])
        #expect(try problems("server: {port: {a: 1}}\n") == ["h.yaml:1: server.port takes a number from 0 to 65535, not a mapping"])
        #expect(try problems("[a, b]\n") == ["h.yaml: is not a mapping of settings"])
        #expect(try problems("text\n") == ["h.yaml: is not a mapping of settings"])
        #expect(try problems("models: 1\n") == ["h.yaml:1: models takes a mapping of 1 to 1000 names to their settings"])
        #expect(try problems("models: {}\n") == ["h.yaml:1: models takes a mapping of 1 to 1000 names to their settings"])
        #expect(try problems("models:\n  a: 1\n") == ["h.yaml:2: models.a takes a mapping of settings"])
        #expect(
            try problems("models:\n  a/b: {}\n  '': {}\n") == [
                #"h.yaml:2: a model's name has 1 to 64 letters, digits, '-' and '_', not "a/b""#,
                #"h.yaml:3: a model's name has 1 to 64 letters, digits, '-' and '_', not """#,
            ])
        #expect(try problems("? [a]\n: 1\n") == ["h.yaml:1: a key is a name, not a list or a mapping"])
    }

    @Test func methodsOfAModel() throws {
        let names =
            "hypernetwork, mean, weighted, merge, normal, multivariate, script, description, explicit, word_vectors, omp, interpolation"
        #expect(
            try problems("models:\n  a:\n    methods: [mean, meen]\n  b: {methods: []}\n") == [
                #"h.yaml:3: models.a.methods takes a list of some of \#(names), not ["mean", "meen"]"#,
                "h.yaml:4: models.b.methods takes a list of some of \(names), not []",
            ])
    }

    @Test func settingsThatBelongTogether() throws {
        #expect(try problems(flags: ["tls-certificate": "c"]) == ["--tls-certificate needs --tls-key"])
        #expect(try problems(flags: ["tls-key": "k"]) == ["--tls-key needs --tls-certificate"])
        #expect(try problems(flags: ["tls-client-authorities": "a"]) == ["--tls-client-authorities needs --tls-certificate"])
        #expect(try problems(flags: ["hypernetwork": "h"]) == ["--hypernetwork needs --base"])
        #expect(try problems(flags: ["token-vectors": "t"]) == ["--token-vectors needs --word-vectors"])
        #expect(try problems(flags: ["source-word-vectors": "s"]) == ["--source-word-vectors needs --dictionary"])
        #expect(try problems(flags: ["dictionary": "d"]) == ["--dictionary needs --source-word-vectors"])
        #expect(
            try problems(environment: ["HYPEREMBED_MODELS_DEFAULT_OUTPUT_EMBEDDINGS": "o"]) == [
                "HYPEREMBED_MODELS_DEFAULT_OUTPUT_EMBEDDINGS needs HYPEREMBED_MODELS_DEFAULT_INPUT_EMBEDDINGS"
            ])
        #expect(try problems("metrics: {listener: both}") == ["h.yaml:1: metrics.listener needs admin.port"])
        #expect(try problems("models: {a: {hypernetwork: h}}") == ["h.yaml:1: models.a.hypernetwork needs models.a.base"])
        #expect(try problems("tls: {certificate: c}", environment: ["HYPEREMBED_TLS_KEY": "k"]) == [])
        #expect(
            try problems("models: {a: }", flags: ["base": "b"]) == ["--base is for the model default, and there are only others"])
    }

    @Test func keysThatAreThereTwice() throws {
        #expect(try problems("models: {1: , \"1\": }\n") == ["h.yaml:1: there is a model called 1 already"])
        #expect(try problems("server:\n  host: a\n  port: 1\n  port: 2\n") == ["h.yaml:3: more than once in its mapping: port"])
        #expect(try problems("log:\nserver:\nlog:\n") == ["h.yaml:1: more than once in its mapping: log"])
    }

    // MARK: Hostile files

    @Test func filesThatCannotBeRead() throws {
        func reason(_ path: String) -> String? {
            do {
                _ = try EffectiveSettings(file: path)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(reason("/nowhere/h.yaml") == "/nowhere/h.yaml: cannot be read: No such file or directory")
        #expect(reason("/") == "/: cannot be read: Is a directory")
        #expect(reason("/dev/zero") == "/dev/zero: is too large: a configuration has at most 262144 bytes")
    }

    @Test func hugeFiles() throws {
        let file = try TemporaryConfiguration("")
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file.path))
        try handle.truncate(atOffset: 100 << 20)
        try handle.close()
        #expect(throws: ConfigurationError(problems: ["\(file.path): is too large: a configuration has at most 262144 bytes"])) {
            try EffectiveSettings(file: file.path)
        }
    }

    @Test func bytesThatAreNoText() throws {
        #expect(try problems(Data([0x61, 0x3A, 0xFF])) == ["h.yaml: is not UTF-8"])
        #expect(try problems("server:\n  port: \u{1}\n").count == 1)
    }

    /// Nine times nine times nine … of a list, also as a key, which the parser would hash.
    @Test(arguments: ["x: *i", "? *i\n: 1", "*i : 1", "{? *i : 1}", "[\"a # b\", {*i : 1}]", "x: 'a # b\n  # c', y: *i"])
    func aliasesThatExplode(use: String) throws {
        var text = "a: &a [x, x, x, x, x, x, x, x, x]\n"
        for (name, before) in zip("bcdefghi", "abcdefgh") {
            text += "\(name): &\(name) [" + Array(repeating: "*\(before)", count: 9).joined(separator: ", ") + "]\n"
        }
        let begin = ContinuousClock.now
        #expect(try problems(text + use + "\n") == ["h.yaml:1: anchors and aliases (& and *) are not for configurations"])
        #expect(begin.duration(to: .now) < .seconds(60))
    }

    /// The text that is looked through is the text that is parsed: what looks like a comment and is none hides nothing.
    @Test func aliasesBehindWhatLooksLikeAComment() throws {
        let problems = try problems("a: 'x\n  y\n #', &b [1]\n")
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("h.yaml:") == true)
    }

    @Test func nestingWithoutEnd() throws {
        for text in ["[", "{", "- ", "? ", "a: {"] {
            #expect(try problems(String(repeating: text, count: 100_000)).count == 1)
        }
    }

    @Test func textThatIsNoYAML() throws {
        let problems = try problems(
            "server:\n  host: a\n port: 1\n", environment: ["HYPEREMBED_MODELS_X_BASE": "/x"], flags: ["port": "x"])
        #expect(problems.count == 2 && problems[0].hasPrefix("h.yaml:3: "))
        #expect(problems.last == #"--port takes a number from 0 to 65535, not "x""#)
        #expect(try self.problems("a: 1\n---\nb: 2\n").count == 1)
        #expect(try self.problems("a: *b\n") == ["h.yaml:1: anchors and aliases (& and *) are not for configurations"])
    }

    /// What Windows and old Macs end lines with: the rest of a file is no part of its first comment.
    @Test(arguments: ["\n", "\r\n", "\r"]) func linesEndInThreeWays(end: String) throws {
        let lines = ["# *see* & more", "server: # so", "  prot: 1", "keys: {file: k} # k", "*a : 1"]
        #expect(try problems(lines[..<4].joined(separator: end)) == ["h.yaml:3: unknown key server.prot; did you mean server.port?"])
        #expect(
            try problems(lines.joined(separator: end)) == ["h.yaml:5: anchors and aliases (& and *) are not for configurations"])
    }

    @Test func aByteOrderMarkIsNoText() throws {
        #expect(try problems("\u{FEFF}# *see* &\nserver: {port: 1}\n") == [])
        #expect(try problems("\u{FEFF}keyz:\n") == ["h.yaml:1: unknown key keyz; did you mean keys?"])
    }

    @Test func commentsMayHaveAnything() throws {
        #expect(try problems(#"server: {host: "a\" # b", unix_socket: 'it''s # c'} # *d*"#) == [])
        #expect(try problems("server: # *see* & \"more\n  host: \"a#b # c\" # d\n  unix_socket: 'x # y'\n") == [])
    }
}
