import Foundation
import JSON
import Testing

/// `words` as a person at a shell uses it.
@Suite struct WordsTests {
    private func words(_ tokens: String...) throws -> (status: Int32, output: Data, error: String) {
        let table = fixture("glove/glove.kv")
        return try run(ServerProcess.binary.path, ["words", "--word-vectors", table, "--"] + tokens)
    }

    /// A line for each token, as the base's normaliser has it; a leading space begins a word.
    @Test func saysWhichWordsTokensStandIn() throws {
        let result = try words(" Netanyahu", " Presid", "sident", " xyzzy")
        #expect(result.status == 0, "\(result.error)")
        let lines = try result.output.split(separator: UInt8(ascii: "\n")).map { try JSONDocument(parsing: Array($0)).root }
        #expect(lines.map { $0["token"]?.string } == [" Netanyahu", " Presid", "sident", " xyzzy"])
        let found = lines.map { $0["words"]?.elements.compactMap { $0["word"]?.string } ?? [] }
        #expect(found[0] == ["netanyahu"] && found[3] == [])
        #expect(found[1].count == 4 && found[1].allSatisfy { $0.hasPrefix("presid") })
        #expect(found[2].count == 5 && found[2].allSatisfy { $0.contains("sident") })
        let path = URL(fileURLWithPath: fixture("glove/expected.json"))
        let expected = try JSONDocument(parsing: Array(Data(contentsOf: path))).root
        let sident = try #require(expected["new_tokens"]?.elements.first { $0["token"]?.string == "sident" })
        #expect(lines[2]["words"]?.elements.map { $0["id"]?.integer } == sident["words"]?.elements.map(\.integer))
    }

    @Test func refusesATokenOfNothing() throws {
        let result = try words("")
        #expect(result.status != 0 && result.output.isEmpty && !result.error.isEmpty)
    }
}
