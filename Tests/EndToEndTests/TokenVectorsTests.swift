import Foundation
import Generation
import Hypernetworks
import Tensors
import Testing

/// `token-vectors` as a person at a shell uses it.
@Suite struct TokenVectorsTests {
    private let out = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

    private func tokenVectors(_ arguments: String...) throws -> (status: Int32, output: Data, error: String) {
        try run(ServerProcess.binary.path, ["token-vectors"] + arguments)
    }

    /// The same from a file of word vectors and from the table that is made of it; what it was made of is in the file.
    @Test func writesVectorsAndWhatTheyAreMadeOf() throws {
        let (table, first, second) = (out + "-table.safetensors", out + "-1.safetensors", out + "-2.safetensors")
        defer { [table, first, second].forEach { try? FileManager.default.removeItem(atPath: $0) } }
        let source = fixture("word-vectors/words.vec")
        let made = try run(ServerProcess.binary.path, ["vectors", "--from", source, "--out", table])
        #expect(made.status == 0, "\(made.error)")
        let result = try tokenVectors("--base", fixture("folders/bert"), "--word-vectors", table, "--out", first)
        #expect(result.status == 0 && result.error.contains("wrote \(first): "), "\(result.error)")
        #expect(result.error.contains(" of 10 tokens stand in a word, 6 numbers each"), "\(result.error)")
        let again = try tokenVectors("--base", fixture("folders/bert"), "--word-vectors", source, "--out", second)
        #expect(again.status == 0, "\(again.error)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: first)) == Data(contentsOf: URL(fileURLWithPath: second)))

        let sums = try run("sha256sum", [table, fixture("folders/bert/tokenizer.json")]).output
        let digests = String(decoding: sums, as: UTF8.self).split(separator: "\n").map { String($0.prefix(64)) }
        let origin = TokenVectors.Origin(wordVectors: digests[0], baseTokenizer: digests[1])
        let vectors = try TokenVectors(path: first, of: WordVectors(path: table), baseRows: 10, origin: origin).vectors
        #expect(vectors.shape == [10, 6] && vectors.type == .float32)
    }

    @Test(arguments: [
        ("words.model", "out.safetensors", "are read from"), ("/nowhere/words.vec", "out.safetensors", "cannot read"),
        ("words.vec", "out.npy", "called .safetensors"),
    ])
    func refuses(words: String, name: String, problem: String) throws {
        let path = words.hasPrefix("/") ? words : fixture("word-vectors/\(words)")
        let result = try tokenVectors("--word-vectors", path, "--out", out + name)
        #expect(result.status != 0 && result.error.contains(problem), "\(result.error)")
        #expect(!FileManager.default.fileExists(atPath: out + name))
    }
}
