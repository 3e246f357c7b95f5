import Foundation
import Testing
import Yams

/// `serve` with a configuration, as an operator uses it.
@Suite struct ConfigurationTests {
    private func check(
        _ arguments: [String], _ environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String, error: String) {
        let variables = environment.map { "\($0)=\($1)" }
        let result = try run("env", variables + [ServerProcess.binary.path, "serve", "--check-config"] + arguments)
        return (result.status, String(decoding: result.output, as: UTF8.self), result.error)
    }

    private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString).yaml").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private var models: String {
        ServerProcess.binary.deletingLastPathComponent().appendingPathComponent("hyperembed_Generation.resources/minilm").path
    }

    @Test func tellsWhatHoldsAndWhereItComesFrom() throws {
        let text = "server:\n  host: 0.0.0.0\n  port: 1\n  lame_duck: 7\nkeys:\n  file: k\n"
        try withFile(text) { path in
            let result = try check(
                ["--config", path, "--port", "3"], ["HYPEREMBED_SERVER_PORT": "2", "HYPEREMBED_SERVER_LAME_DUCK": "8"])
            #expect(result.status == 0 && result.error.isEmpty)
            let lines = result.output.split(separator: "\n")
            for line in [
                "  host: 0.0.0.0  # file:2", "  port: 3  # flag --port",
                "  lame_duck: 8  # environment HYPEREMBED_SERVER_LAME_DUCK", "  drain_timeout: 30  # default", "    weights: float32  # default",
                "  file: \((path as NSString).deletingLastPathComponent)/k  # file:6",
            ] { #expect(lines.contains { $0 == line }, "\(line)") }

            // What it prints is YAML, and a configuration of the same.
            let root = try #require(try Yams.load(yaml: result.output) as? [String: Any])
            #expect((root["server"] as? [String: Any])?["port"] as? Int == 3)
            try withFile(result.output) { copy in
                let again = try check(["--config", copy])
                #expect(again.status == 0 && withoutOrigins(again.output) == withoutOrigins(result.output))
                #expect(try check([], ["HYPEREMBED_CONFIG": copy]).output == again.output)
            }
        }
    }

    private func withoutOrigins(_ listing: String) -> [Substring] {
        listing.split(separator: "\n").map { $0.prefix { $0 != "#" } }
    }

    /// Neither models are loaded nor files opened nor ports taken.
    @Test func checksWithoutDoingAnything() throws {
        let result = try check([
            "--base", "/nowhere", "--tls-certificate", "/no", "--tls-key", "/no", "--host", "no.such.host.invalid",
        ])
        #expect(result.status == 0 && result.output.contains("base: /nowhere  # flag --base"))
    }

    @Test func tellsAllThatIsWrong() throws {
        try withFile("server:\n  prot: 1\n  host: [a]\n") { path in
            let result = try check(["--config", path, "--port", "x"], ["HYPEREMBED_LOG_LEVLE": "info"])
            #expect(result.status == 64 && result.output.isEmpty)
            #expect(
                result.error == """
                    \(path):3: server.host takes a text, not ["a"]
                    --port takes a number from 0 to 65535, not "x"
                    \(path):2: unknown key server.prot; did you mean server.port?
                    unknown variable HYPEREMBED_LOG_LEVLE; did you mean HYPEREMBED_LOG_LEVEL?

                    """)
            // So it is without --check-config.
            let serve = try run(ServerProcess.binary.path, ["serve", "--config", path])
            #expect(serve.status == 64 && serve.error.contains("server.port?"))
        }
    }

    /// Each flag of the help is taken, and has its place in the listing.
    @Test func everyFlagIsASetting() throws {
        let help = String(decoding: try run(ServerProcess.binary.path, ["serve", "--help"]).output, as: UTF8.self)
        let flags = help.split(separator: "\n").compactMap { line -> (name: Substring, value: String)? in
            let words = line.split(separator: " ")
            guard line.hasPrefix("  --"), words.count > 1, words[0] != "--config" else { return nil }
            return value(for: words[1]).map { (words[0], $0) }
        }
        #expect(flags.count == 37)
        let result = try check(flags.map { "\($0.name)=\($0.value)" })
        #expect(result.status == 0, "\(result.error)")
        for flag in flags { #expect(result.output.contains("  # flag \(flag.name)\n"), "\(flag.name)") }
    }

    /// One that a flag takes, by what its help calls the value: `<port>`, `<true|false>`.
    private func value(for placeholder: Substring) -> String? {
        guard placeholder.hasPrefix("<"), placeholder.hasSuffix(">") else { return nil }
        let name = placeholder.dropFirst().dropLast()
        if let word = name.split(separator: "|").first, word != name { return String(word) }
        return ["n", "port", "level", "seconds", "megabytes"].contains(name) ? "1" : "/x"
    }

    @Test func servesTwoModelsOfAFile() throws {
        let text = """
            models:
              a:
                base: \(models)/base
                hypernetwork: \(models)/hypernetwork
              b:
                base: \(models)/base
                methods: [mean]
                maximum_tokens: 2
            """
        try withFile(text) { path in
            let server = try ServerProcess(["--config", path])
            let list = try #require(try server.curl("/v1/models").json["data"] as? [[String: Any]])
            #expect(list.map { $0["name"] as? String } == ["a", "b"])
            let a = try server.post("/v1/token-embeddings", json: ["model": "a", "tokens": [" blockchain"]])
            #expect(a.status == 200)
            let b = try server.post("/v1/token-embeddings", json: ["model": "b", "tokens": [" blockchain"], "method": "mean"])
            #expect(b.status == 200)
            #expect(try server.post("/v1/token-embeddings", json: ["tokens": [" blockchain"]]).status == 404)
        }
    }

    @Test func aVariableChoosesWhereToListen() throws {
        let path = "/tmp/hyperembed-\(UUID().uuidString).socket"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let result = try run(
            "env",
            [
                "HYPEREMBED_SERVER_UNIX_SOCKET=\(path)", "HYPEREMBED_MODELS_DEFAULT_BASE=/nowhere", ServerProcess.binary.path,
                "serve",
            ])
        #expect(result.status != 0 && String(decoding: result.output, as: UTF8.self).contains(path))
        #expect(result.error.contains("/nowhere"))
    }
}
