import Foundation
import Testing

/// What operators see of the service: its metrics, its messages, its access log.
@Suite struct TelemetryTests {
    private let messages = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString).log")

    /// What it says on standard output and standard error while `use` asks it.
    private func logs(_ arguments: [String], _ use: (ServerProcess) throws -> Void) throws -> (output: String, messages: String) {
        defer { try? FileManager.default.removeItem(at: messages) }
        let server = try ServerProcess(arguments, messages: messages)
        try use(server)
        #expect(server.terminate() == 0)
        return (server.remainingOutput(), try String(contentsOf: messages, encoding: .utf8))
    }

    private func objects(_ lines: String) throws -> [[String: Any]] {
        try lines.split(separator: "\n").filter { $0.hasPrefix("{") }.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func servesMetrics() throws {
        let server = try ServerProcess()
        _ = try server.post("/v1/token-embeddings", json: ["tokens": [" metric", " word"]])
        let answer = try server.curl("/metrics", ["--compressed", "-H", "Accept-Encoding: gzip"])
        #expect(answer.status == 200 && answer.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.fields["content-encoding"] == "gzip" && answer.fields["cache-control"] == "no-store")
        let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
        #expect(lines.contains(#"hyperembed_tokens_total{model="default",method="hypernetwork",status="generated"} 2"#))
        #expect(
            lines.contains(#"hyperembed_requests_total{listener="service",route="/v1/token-embeddings",method="POST",status="200"} 1"#))
        let version = try run(ServerProcess.binary.path, ["--version"])
        let name = String(decoding: version.output, as: UTF8.self).trimmingCharacters(in: .newlines)
        #expect(lines.contains("hyperembed_build_info{version=\"\(name)\"} 1"))
        #expect(try server.curl("/metrics", ["-X", "DELETE"]).status == 405)
    }

    // MARK: What is secret

    /// Tokens, keys and queries are nobody's business, however a request ends.
    @Test(arguments: ["json", "text"])
    func logsNothingThatIsSecret(format: String) throws {
        let secrets = ["Zqxjkvtoken", "Zqxjkvkey", "Zqxjkvquery", "Zqxjkvmodel", "Zqxjkvtrace"]
        let (output, messages) = try logs(["--access-log", format, "--log-format", format, "--log-level", "trace"]) { server in
            let token = " " + secrets[0]
            let fields = ["-H", "Authorization: Bearer \(secrets[1])", "-H", "traceparent: \(secrets[4])"]
            let path = "/v1/token-embeddings?\(secrets[2])"
            for body in [
                ["tokens": [token]], ["tokens": [["token": token, "form": token]]], ["tokens": [["token": token, "language": token]]],
                ["model": secrets[3], "tokens": [token]], ["tokens": [token], "method": "weighted"], [secrets[0]: 1],
                ["tokens": [["source_ids": [token]]]], ["tokens": [token], "method": "description"],
            ] as [[String: Any]] {
                let data = try JSONSerialization.data(withJSONObject: body)
                for accept in ["application/json", "application/x-ndjson", "application/vnd.safetensors"] {
                    _ = try server.post(path, body: data, fields + ["-H", "Accept: \(accept)"])
                }
                _ = try server.post("/v1/decompositions", body: data, fields)
            }
            _ = try server.post(path, body: Data(secrets[0].utf8), fields)
            _ = try server.post(
                "/v1/vocabulary-embeddings?method=mean", json: ["vocabulary": [secrets[0]], "form": "wordpiece"])
            _ = try server.post("/v1/token-embeddings", json: ["tokens": [token]], "-H", "X-Request-Timeout-Ms: 1")
        }
        #expect(output.contains("/v1/token-embeddings") && messages.contains("ready in"))
        for secret in secrets { #expect(!(output + messages).localizedCaseInsensitiveContains(secret), "\(secret)") }
        // A piece of the token would tell as much.
        #expect(!(output + messages).contains("qxj"))
    }

    @Test func logsTheFirstTokensWhenAskedTo() throws {
        let (output, _) = try logs(["--access-log", "json", "--log-tokens", "true"]) { server in
            let tokens = [" one", "a\"\\\n\u{1b}[2J\u{202e}"] + (0..<10).map { "t\($0)" }
            _ = try server.post("/v1/decompositions", json: ["tokens": tokens])
            _ = try server.post("/v1/decompositions", json: ["tokens": [["source_ids": [5, 6]]]])
        }
        let lines = try objects(output).filter { $0["route"] as? String == "/v1/decompositions" }
        #expect(lines[0]["first_tokens"] as? [String] == [" one", "a\"\\\n\u{1b}[2J\u{202e}"] + (0..<6).map { "t\($0)" })
        #expect(lines[0]["tokens"] as? Int == 12 && lines[0]["model"] as? String == "default")
        #expect(lines[1]["first_tokens"] as? [String] == ["[5, 6]"])
        #expect(!output.contains("\u{1b}") && !output.contains("\u{202e}"))
    }

    // MARK: Messages

    @Test func tellsOfItsLifeInJSON() throws {
        let (_, messages) = try logs(["--log-format", "json"]) { _ in }
        let lines = try objects(messages)
        #expect(lines.count == messages.split(separator: "\n").count)
        #expect(lines.allSatisfy { $0["level"] as? String == "info" && ($0["time"] as? String)?.hasSuffix("Z") == true })
        let ready = try #require(lines.first { ($0["message"] as? String)?.hasPrefix("model default ready in ") == true })
        #expect((ready["digest"] as? String)?.hasPrefix("sha256:") == true)
        #expect(lines.contains { $0["message"] as? String == "shutting down" && $0["signal"] as? String == "SIGTERM" })
    }

    @Test func isSilentWhenAskedTo() throws {
        let (_, messages) = try logs(["--log-level", "warning"]) { _ in }
        #expect(messages.isEmpty)
    }

    /// What cannot be started says why in one line, whatever is in a file's name.
    @Test(arguments: ["json", "text"])
    func saysWhyItDoesNotStart(format: String) throws {
        let folder = "/nowhere/a\nb\u{1b}[2J"
        let result = try run(ServerProcess.binary.path, ["serve", "--port", "0", "--log-format", format, "--base", folder])
        #expect(result.status == 1 && !result.error.contains("\u{1b}"))
        let lines = result.error.split(separator: "\n")
        #expect(lines.count == 1)
        if format == "json" {
            let object = try #require(objects(result.error).first)
            #expect(object["level"] as? String == "critical" && (object["message"] as? String)?.contains(folder) == true)
        } else {
            #expect(lines[0].contains(" critical ") && lines[0].contains(#"/nowhere/a\u000ab\u001b[2J"#))
        }
    }
}
