import Foundation
import Testing

/// `hash-key` and `serve --keys-file` together, with curl as the client.
@Suite final class KeysTests {
    private let file = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)")
    private let contract: Contract

    init() throws { contract = try Contract() }

    deinit { try? FileManager.default.removeItem(at: file) }

    /// Makes keys with these options each, and a server that knows them.
    private func serve(_ keys: [[String]], _ arguments: [String] = []) throws -> (server: ServerProcess, secrets: [String]) {
        let printed = try keys.map { options in
            let result = try run(ServerProcess.binary.path, ["hash-key"] + options)
            try #require(result.status == 0, "\(result.error)")
            return String(decoding: result.output, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        try #require(printed.allSatisfy { $0.count == 2 })
        try Data(printed.map { $0[1] + "\n" }.joined().utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        return (try ServerProcess(["--keys-file", file.path] + arguments), printed.map { $0[0] })
    }

    private func bearer(_ key: String) -> [String] { ["-H", "Authorization: Bearer \(key)"] }

    /// Every path of the contract is behind the keys, unless it says that it is not, or is on another listener.
    @Test func whatTheContractGuardsNeedsAKey() throws {
        let (server, secrets) = try serve([["--name", "ann"]])
        for operation in contract.operations where !operation.isForAdministrators {
            let isGuarded = operation.responses.contains { $0.status == 401 }
            #expect(isGuarded == operation.path.hasPrefix("/v1/"), "\(operation.id)")
            let path = operation.path.replacing("{name}", with: "default")
            let answer = try server.curl(path, ["-X", operation.method] + (operation.method == "POST" ? ["-d", "{}"] : []))
            #expect((answer.status == 401) == isGuarded, "\(operation.id): \(answer.status)")
            guard isGuarded else { continue }
            let response = try #require(operation.responses.first { $0.status == 401 })
            for field in response.requiredFields { #expect(answer.fields[field] != nil, "\(operation.id): no \(field)") }
            #expect(answer.fields["content-type"] == "application/problem+json")
            let allowed = try server.curl(path, ["-X", operation.method] + bearer(secrets[0]) + (operation.method == "POST" ? ["-d", "{}"] : []))
            #expect(allowed.status != 401, "\(operation.id)")
        }
    }

    @Test func rowsAreTheSameForWhoeverMayHaveThem() throws {
        let (server, secrets) = try serve([[], ["--models", "other"], ["--tokens-per-minute", "2"]])
        let request = Data(#"{"tokens": [" blockchain", " tokenization"]}"#.utf8)
        let expected = try run(ServerProcess.binary.path, ["generate", " blockchain", " tokenization"]).output.dropLast()
        let answers = try secrets.map { try server.post("/v1/token-embeddings", body: request, bearer($0)) }
        #expect(answers.map(\.status) == [200, 403, 200] && answers[0].body == expected)
        let again = try server.post("/v1/token-embeddings", body: request, bearer(secrets[2]))
        #expect(try again.status == 429 && again.json["code"] as? String == "token_rate_exceeded")
        let wait = try #require(again.fields["retry-after"].flatMap { Int($0) })
        #expect((1...60).contains(wait))
    }

    /// A vocabulary costs the rows that are asked for.
    @Test func aRangeOfAVocabularyCostsItsRows() throws {
        let (server, secrets) = try serve([["--tokens-per-minute", "10"]])
        let body = try JSONSerialization.data(withJSONObject: ["form": "text", "vocabulary": (0..<100).map { "word\($0)" }])
        func status(_ range: String) throws -> Int {
            try server.post("/v1/vocabulary-embeddings", body: body, ["-H", "Range: \(range)"] + bearer(secrets[0])).status
        }
        // The last bytes are of `row_status`; 6,144 bytes before it are four rows of 384 numbers.
        #expect(try status("bytes=-100") == 206)
        #expect(try (0..<2).map { _ in try status("bytes=-6244") } == [206, 206])
        #expect(try status("bytes=-6244") == 429)
    }

    /// One line for each, which an editor can jump to.
    @Test func everyWrongLineOfTheFileIsTold() throws {
        try Data("ann sha256:12\n\nbob\n".utf8).write(to: file)
        let result = try run(ServerProcess.binary.path, ["serve", "--port", "0", "--keys-file", file.path])
        let lines = result.error.split(separator: "\n")
        #expect(result.status == 1 && lines.count == 2)
        for (line, number) in zip(lines, [1, 3]) { #expect(line.contains(" critical \(file.path):\(number): behind the name comes sha256:")) }
    }

    @Test func aKeyIsNeverLogged() throws {
        let (server, secrets) = try serve([["--name", "ann"]], ["--access-log", "json"])
        #expect(try server.curl("/v1/models", bearer(secrets[0])).status == 200)
        #expect(try server.curl("/v1/models", bearer(secrets[0] + "x")).status == 401)
        #expect(server.terminate() == 0)
        let output = server.remainingOutput()
        #expect(output.contains(#""key":"ann""#) && !output.contains(secrets[0].dropFirst(3)))
    }
}
