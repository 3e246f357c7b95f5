import Foundation
import HTTPServer
import Testing

@testable import EmbeddingAPI

@Suite final class APIKeyFileTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func hash(_ key: String) -> String { APIKeyHash(of: key).description }

    private func write(_ text: String, permissions: Int = 0o600) throws {
        try? FileManager.default.removeItem(atPath: path)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
    }

    // MARK: Lines

    @Test func linesAreKeysWithTheirLimits() throws {
        let text = """
            # who may come in
            ann \(hash("a"))

            bob.2\t\(hash("b"))  models=x,y tokens_per_minute=1000 requests_at_once=2  # until May\r
              eve \(hash("c")) # all she wants
            """
        let entries = try APIKeyFile(text, file: "keys").entries
        #expect(entries.map(\.name) == ["ann", "bob.2", "eve"] && entries.map(\.hash) == ["a", "b", "c"].map { APIKeyHash(of: $0) })
        #expect(entries.map(\.tokensPerMinute) == [nil, 1_000, nil] && entries.map(\.requestsAtOnce) == [nil, 2, nil])
        #expect(entries.map(\.models) == [nil, ["x", "y"], nil])
    }

    @Test func whatIsPrintedCanBeRead() throws {
        let all = try APIKeyEntry(name: "ann", hash: APIKeyHash(of: "a"), tokensPerMinute: 5, requestsAtOnce: 6, models: ["x", "org/y"])
        let none = try APIKeyEntry(name: "bob", hash: APIKeyHash(of: "b"))
        #expect(try APIKeyFile("\(all)\n\(none)\n", file: "keys").entries == [all, none])
        #expect(none.description == "bob \(hash("b"))")
    }

    /// All of them at once, and none repeats what may be the key itself.
    @Test func everythingThatIsWrongIsTold() throws {
        let secret = "he_f1PDj68OY5hXLbbvnTODpfmtlS0kI-LsqMwWAfOlqoc"
        let text = """
            ann \(hash("a"))
            bob \(secret)
            \(secret)
            \(secret) \(hash("b"))
            b/b \(hash("c"))
            ann \(hash("d"))
            eve \(hash("a"))
            fay \(hash("e")) \(secret)
            fay \(hash("f")) tokens_per_minute=0
            fay \(hash("g")) tokens_per_minute=+5
            fay \(hash("h")) requests_at_once=1.5 requests_at_once=2
            fay \(hash("i")) models=a,,b
            fay \(hash("j")) models=
            fay \(hash("k")) Models=a
            """
        let error = try #require(throws: APIKeyFileError.self) { try APIKeyFile(text, file: "keys") }
        guard case .invalid("keys", let issues) = error else { throw error }
        let expected: [(Int, APIKeyEntryIssue)] = [
            (2, .hash), (3, .hash), (4, .nameLooksLikeKey), (5, .name), (6, .duplicateName(line: 1)), (7, .duplicateHash(line: 1)),
            (8, .option), (9, .limit), (10, .limit), (11, .repeatedOption("requests_at_once")), (12, .models), (13, .models), (14, .option),
        ]
        #expect(issues.map(\.line) == expected.map(\.0) && issues.map(\.issue) == expected.map(\.1))
        #expect(error.description.hasPrefix("keys:2: behind the name comes sha256:") && !error.description.contains("f1PDj"))
        #expect(error.description.split(separator: "\n").count == 13)
    }

    @Test(arguments: ["", "\n", "# nobody\n"])
    func anEmptyFileLetsNobodyIn(text: String) throws {
        let error = try #require(throws: APIKeyFileError.self) { try APIKeyFile(text, file: "keys") }
        guard case .empty("keys") = error else { throw error }
    }

    // MARK: Files

    @Test(arguments: [(0o600, true), (0o640, true), (0o644, true), (0o660, false), (0o602, false)])
    func nobodyElseMayWriteIt(permissions: Int, isTaken: Bool) throws {
        try write("ann \(hash("a"))", permissions: permissions)
        do {
            _ = try APIKeyFile(path: path)
            #expect(isTaken)
        } catch {
            guard case .writable(path) = error else { throw error }
            #expect(!isTaken)
        }
    }

    @Test func whatIsNoFileIsRefused() throws {
        let cases = [("/tmp", "not a regular file"), ("/dev/zero", "not a regular file"), (path, "No such file")]
        for (path, reason) in cases {
            let error = try #require(throws: APIKeyFileError.self) { try APIKeyFile(path: path) }
            #expect(error.description.hasPrefix(path + ": ") && error.description.contains(reason))
        }
        try Data([0x61, 0xFF]).write(to: URL(fileURLWithPath: path))
        #expect(throws: APIKeyFileError.self) { try APIKeyFile(path: path) }
    }

    // MARK: Reloading

    private func caller(_ key: String, _ keys: APIKeys) throws(Problem) -> Caller {
        var request = HTTPRequest(method: "GET", path: "/v1/models")
        request.fields.append(trusted: "Authorization", "Bearer \(key)")
        return try keys.caller(of: request)
    }

    @Test func aFileThatCannotBeUsedLeavesTheKeys() throws {
        try write("ann \(hash("a"))")
        let keys = try APIKeys(file: path)
        #expect(try caller("a", keys).caller == "ann")
        #expect(try !keys.reloadIfChanged())
        try write("ann rubbish")
        #expect(throws: APIKeyFileError.self) { try keys.reload() }
        #expect(throws: APIKeyFileError.self) { try keys.reload() }
        // A timer says it once.
        #expect(try !keys.reloadIfChanged() && caller("a", keys).caller == "ann")
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: APIKeyFileError.self) { try keys.reloadIfChanged() }
        #expect(try !keys.reloadIfChanged())

        try write("bob \(hash("b"))", permissions: 0o666)
        #expect(throws: APIKeyFileError.self) { try keys.reloadIfChanged() }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(try keys.reloadIfChanged())
        #expect(try caller("b", keys).caller == "bob" && !keys.reloadIfChanged())
        #expect(throws: Problem.self) { try caller("a", keys) }
    }

    /// New limits count what is under way already.
    @Test func usageOutlivesAReload() throws {
        try write("ann \(hash("a")) requests_at_once=2 tokens_per_minute=10")
        let keys = try APIKeys(file: path)
        let first = try caller("a", keys)
        _ = try caller("a", keys)
        try first.charge(tokens: 10)
        try write("anna \(hash("a")) requests_at_once=1 tokens_per_minute=20")
        try keys.reload()
        #expect(throws: Problem.self) { try caller("a", keys) }
        #expect(throws: Problem.self) { try first.charge(tokens: 1) }
        first.exchangeEnded()
        #expect(throws: Problem.self) { try caller("a", keys) }
        first.exchangeEnded()
        #expect(try caller("a", keys).caller == "anna")
    }
}
