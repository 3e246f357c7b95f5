import Foundation
import Tensors
import Testing
import Tokenization

@testable import Hypernetworks

@Suite struct TokenVectorsTests {
    struct Fixture: Decodable {
        var rows: Int
        /// By id, of the tokens that stand in a word.
        var vectors: [String: [Double]]
    }

    private static let families = [
        "gpt2", "roberta", "llama3", "clip", "llama2", "gemma", "metaspace-first", "t5", "affixes", "minilm",
    ]
    private static let origin = TokenVectors.Origin(wordVectors: "words", baseTokenizer: "tokenizer")

    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func base(_ family: String) throws -> BaseTokenizer {
        let path = family == "minilm" ? miniLM + "/tokenizer.json" : fixture("base-tokenizers/\(family).tokenizer.json")
        return try BaseTokenizer(Tokenizer(contentsOf: path))
    }

    private func write(_ words: WordVectors, _ base: BaseTokenizer, rows: Int) throws -> (path: String, covered: Int) {
        let path = scratch.newPath()
        return (path, try TokenVectors.write(of: words, base: base, baseRows: rows, origin: Self.origin, to: path))
    }

    /// What NumPy makes of the encodings of the `tokenizers` library (Tests/Fixtures/generate_token_vector_fixtures.py); the
    /// words are the same with a language and `$` around them.
    @Test(arguments: families, ["words.vec", "multilingual.vec"])
    func vectorsAreMeansOfWords(family: String, file: String) throws {
        let expected: [String: Fixture] = try decodeFixture("token-vectors/expected.json")
        let wanted = try #require(expected[family])
        let words = try WordVectors(path: fixture("word-vectors/\(file)"))
        let (path, covered) = try write(words, base(family), rows: wanted.rows)
        #expect(covered == wanted.vectors.count)
        let vectors = try TokenVectors(path: path, of: words, baseRows: wanted.rows, origin: Self.origin).vectors
        let elements = try vectors.floats()
        for token in 0..<wanted.rows {
            let found = Array(elements[token * words.dimension..<(token + 1) * words.dimension])
            if let mean = wanted.vectors["\(token)"] {
                #expect(zip(found, mean).allSatisfy { abs(Double($0) - $1) <= 1e-6 * max($1.magnitude, 1) }, "token \(token)")
            } else {
                #expect(found.allSatisfy { $0 == 0 }, "token \(token)")
            }
        }
    }

    /// A word counts once for each form that a token comes out of, however often it stands in that.
    @Test func wordsCountOnceForEachForm() throws {
        let table = scratch.newPath() + ".txt"
        try Data("aa 1\na 10\nba 100\n1 1000\n".utf8).write(to: URL(fileURLWithPath: table))
        let words = try WordVectors(path: table)
        let vocabulary = #"{"Ġ":0,"a":1,"A":2,"b":3,"B":4,"1":5}"#
        let json = """
            {"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
            "model":{"type":"BPE","vocab":\(vocabulary),"merges":[]}}
            """
        let base = try BaseTokenizer(Tokenizer(parsing: Array(json.utf8)))
        let owned = OwnedWords(words, base: base, tokenCount: 6) { _ in }
        let occurrences = (0..<6).map { owned[$0].map { [$0.word, $0.forms] } }
        #expect(
            occurrences == [
                [[0, 2], [1, 2], [2, 2], [3, 2]], [[0, 4], [1, 2], [2, 4]], [[0, 2], [1, 2]], [[2, 2]], [[2, 2]], [[3, 4]],
            ])
        let path = try write(words, base, rows: 6).path
        let vectors = try TokenVectors(path: path, of: words, baseRows: 6, origin: Self.origin).vectors
        let means: [Float] = [(2 + 20 + 200 + 2_000) / 8, (4 + 20 + 400) / 10, (2 + 20) / 4, 100, 100, 1_000]
        #expect(try vectors.floats() == means)
        // Ids behind the matrix have no rows.
        #expect(try write(words, base, rows: 2).covered == 2)
    }

    /// More words than are tokenised at a time, by as many threads as there are.
    @Test func theSameWordsGiveTheSameFile() throws {
        let table = scratch.newPath() + ".txt"
        let lines = (0..<17_000).map { "\($0) \(Double($0).squareRoot()) \(sin(Double($0)))\n" }
        try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: table))
        let words = try WordVectors(path: table)
        let base = try base("gpt2")
        var told = 0
        let path = scratch.newPath()
        _ = try TokenVectors.write(of: words, base: base, baseRows: 904, origin: Self.origin, to: path) { told += $0 }
        #expect(told == 17_000)
        let again = try write(words, base, rows: 904).path
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(contentsOf: URL(fileURLWithPath: again)))
    }

    @Test func refusals() throws {
        let words = try WordVectors(path: fixture("word-vectors/words.vec"))
        let path = try write(words, base("t5"), rows: 583).path
        func open(
            _ path: String, rows: Int = 583, wordVectors: String = "words", baseTokenizer: String = "tokenizer"
        ) throws(TokenVectorsError) {
            let origin = TokenVectors.Origin(wordVectors: wordVectors, baseTokenizer: baseTokenizer)
            _ = try TokenVectors(path: path, of: words, baseRows: rows, origin: origin)
        }
        try open(path)
        #expect(throws: TokenVectorsError.otherTokenizer(file: path, expected: "another", found: "tokenizer")) {
            try open(path, baseTokenizer: "another")
        }
        #expect(throws: TokenVectorsError.otherWordVectors(file: path, expected: "others", found: "words")) {
            try open(path, wordVectors: "others")
        }
        let shape = TensorFileError.wrongShape(key: "token_vectors", file: path, expected: [584, 6], found: [583, 6])
        #expect(throws: TokenVectorsError.unreadable(shape)) { try open(path, rows: 584) }
        #expect(throws: TokenVectorsError.self) { try open("/nowhere/file") }
        try withTable(rows: 583, Array(repeating: 1, count: 583 * 6)) { table in
            let missing = TensorFileError.missingTensor(key: "token_vectors", file: table.path)
            #expect(throws: TokenVectorsError.unreadable(missing)) { try open(table.path) }
        }
        let unsaid = scratch.newPath()
        var writer = SafetensorsWriter()
        writer.add("token_vectors", shape: [583, 6], elements: Array(repeating: 1, count: 583 * 6))
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: unsaid))
        #expect(throws: TokenVectorsError.otherTokenizer(file: unsaid, expected: "tokenizer", found: nil)) { try open(unsaid) }
        #expect(throws: TensorFileError.self) {
            _ = try TokenVectors.write(of: words, base: base("t5"), baseRows: 1, origin: Self.origin, to: "/nowhere/file")
        }
    }

    @Test func wordsAreTakenAsTheyCome() throws {
        let words = try WordVectors(path: fixture("word-vectors/words.vec"))
        let first = try words.vectors.rows(5..<6).floats()
        let second = try words.vectors.rows(9..<10).floats()
        #expect(words.mean(of: []) == nil && words.mean(of: [5]) == first)
        let twice = try #require(words.mean(of: [5, 9, 9]))
        #expect(deviation(twice, zip(first, second).map { (Double($0) + 2 * Double($1)) / 3 }) < 1e-7)
    }
}

/// The embedded default model's base.
let miniLM = URL(fileURLWithPath: golden("")).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/Generation/Resources/minilm/base").path
