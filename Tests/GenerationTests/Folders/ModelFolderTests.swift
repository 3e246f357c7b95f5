import Foundation
import Tensors
import Testing
import Tokenization

@testable import Generation

@Suite struct ModelFolderTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func namesWhatIsMissing() throws {
        let folder = try scratch.copy("bert")
        try FileManager.default.removeItem(atPath: folder + "/config.json")
        #expect(throws: ModelFolderError.missingFiles(["config.json"], folder: folder)) { _ = try ModelFolder(path: folder) }
        try FileManager.default.removeItem(atPath: folder + "/tokenizer.json")
        #expect(throws: ModelFolderError.missingFiles(["config.json", "tokenizer.json"], folder: folder)) {
            _ = try ModelFolder(path: folder)
        }
    }

    @Test func refusesBrokenFiles() throws {
        let folder = try scratch.copy("llama")
        func write(_ text: String, to name: String) throws {
            try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        }
        let configuration = try text(folder + "/config.json")
        for broken in ["", "[]", String(configuration.prefix(100))] {
            try write(broken, to: "config.json")
            #expect(throws: ModelFolderError.self) { _ = try ModelFolder(path: folder) }
        }
        // The matrix of another family is not there.
        try write(#"{"model_type": "bert"}"#, to: "config.json")
        #expect(throws: EmbeddingLayoutError.self) { _ = try ModelFolder(path: folder) }
        try write(configuration, to: "config.json")
        _ = try ModelFolder(path: folder)

        let shard = folder + "/model-00002-of-00002.safetensors"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: shard))
        try bytes.dropLast(1).write(to: URL(fileURLWithPath: shard))
        #expect(throws: TensorFileError.self) { _ = try ModelFolder(path: folder) }
        try FileManager.default.removeItem(atPath: shard)
        #expect(throws: TensorFileError.self) { _ = try ModelFolder(path: folder) }
        try bytes.write(to: URL(fileURLWithPath: shard))
        try write("{", to: "tokenizer.json")
        #expect(throws: ModelFolderError.self) { _ = try ModelFolder(path: folder) }
    }

    @Test func refusesTensorsThatDisagree() throws {
        let folder = try scratch.copy("bert")
        let path = folder + "/model.safetensors"
        func write(_ key: String, shape: [Int]) throws {
            var writer = SafetensorsWriter()
            writer.add("bert.embeddings.word_embeddings.weight", shape: [10, 2], elements: .init(repeating: 1, count: 20))
            writer.add(key, shape: shape, elements: .init(repeating: 1, count: shape.reduce(1, *)))
            try Data(writer.encoded()).write(to: URL(fileURLWithPath: path))
        }
        // The matrix that a tied model may have twice.
        try write("cls.predictions.decoder.weight", shape: [9, 2])
        let model = try ModelFolder(path: folder)
        #expect(throws: ModelFolderError.rowsDiffer(key: "cls.predictions.decoder.weight", file: path, expected: 10, found: 9)) {
            _ = try ModelFolderWriter(model, vocabulary: .appending(AddedWords([" x"], for: model)), to: scratch.path + "/out")
        }
        try write("cls.predictions.bias", shape: [9])
        #expect(throws: TensorFileError.wrongShape(key: "cls.predictions.bias", file: path, expected: [10], found: [9])) {
            try ModelFolder(path: folder)
        }
        #expect(scratch.names == ["bert"])
    }
}

@Suite struct AddedWordsTests {
    @Test func tellsNewTokensFromKnownOnes() throws {
        let bert = try ModelFolder(path: fixture("bert"))
        let words = try AddedWords([" Block", " blockchain", "Blockchain", "chain", " chain", "block", "[MASK]", " ledger", " ledger"], for: bert)
        #expect(words.firstID == 10 && words.words.map(\.text) == [" blockchain", " ledger"] && words.words.map(\.id) == [10, 11])
        #expect(words.skipped == [
            .inBase(text: " Block", id: 6), .duplicate(text: "Blockchain", of: " blockchain"), .inBase(text: "chain", id: 7),
            .inBase(text: " chain", id: 5), .taken(text: "block", id: 6), .inBase(text: "[MASK]", id: 4), .duplicate(text: " ledger", of: " ledger"),
        ])
        #expect(throws: ModelFolderError.emptyToken(index: 1)) { _ = try AddedWords(["a", " "], for: bert) }
        #expect(throws: ModelFolderError.emptyToken(index: 0)) { _ = try AddedWords([""], for: bert) }
    }

    /// A byte-level vocabulary keeps spaces; the first id is the tokenizer's next one, not the matrix's.
    @Test func keepsTheSpaceOfOtherVocabularies() throws {
        let llama = try ModelFolder(path: fixture("llama"))
        let words = try AddedWords([" th", " the", "the", "\u{E9}", "e\u{301}"], for: llama)
        #expect(words.firstID == 260)
        #expect(words.words.map(\.content) == [" the", "the", "e\u{301}"])
        #expect(words.words.allSatisfy { !$0.isSingleWord && $0.isNormalized })
        // The letter is how the alphabet spells byte 0xE9.
        #expect(words.skipped.first == .inBase(text: " th", id: 257))
        #expect(words.skipped.count == 2 && words.skipped.last?.description.hasPrefix("\"\u{E9}\" is how the base spells id") == true)
    }

    @Test func refusesIdsThatTheLibraryWouldGiveTwice() throws {
        let scratch = try Scratch()
        let folder = try scratch.copy("llama")
        let tokenizer = try text(folder + "/tokenizer.json")
        try tokenizer.replacing(": 257", with: ": 261").write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
        #expect(throws: ModelFolderError.vocabularyHasHoles(entries: 258, ids: 262)) {
            _ = try AddedWords(["x"], for: ModelFolder(path: folder))
        }
        try tokenizer.replacing("\"id\": 259", with: "\"id\": 300").write(
            toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
        #expect(throws: ModelFolderError.vocabularyExceedsMatrix(ids: 301, rows: 266)) {
            _ = try AddedWords(["x"], for: ModelFolder(path: folder))
        }
    }
}
