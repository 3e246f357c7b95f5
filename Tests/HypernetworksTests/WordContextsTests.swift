import Foundation
import Hypernetworks
import JSON
import Tensors
import Testing
import Tokenization

@Suite struct WordContextsTests {
    private func base(_ path: String) throws -> BaseTokenizer {
        try BaseTokenizer(Tokenizer(contentsOf: path))
    }

    private func read(_ name: String) throws -> JSONDocument {
        try JSONDocument(parsing: Array(Data(contentsOf: URL(fileURLWithPath: fixture("word-vectors/\(name)")))))
    }

    /// What trying every word finds (Tests/Fixtures/generate_word_vector_fixtures.py), for plain and multilingual keys.
    @Test(arguments: ["words.vec", "multilingual.vec"])
    func findsTheWordsThatHoldAToken(file: String) throws {
        let vectors = try WordVectors(path: fixture("word-vectors/\(file)"))
        #expect(vectors.shape == (file == "words.vec" ? .plain : .languageAndWord))
        let everywhere = WordContexts(vectors, base: try base(fixture("base-tokenizers/gpt2.tokenizer.json")))
        let marking = WordContexts(vectors, base: try base(fixture("base-tokenizers/llama2.tokenizer.json")))
        let cases = try read("holders.json")
        #expect(Array(cases.root.elements).count > 300)
        for entry in cases.root.elements {
            let token = try #require(entry["token"]?.string.flatMap { Data(base64Encoded: $0) })
            let wanted = try #require(entry["words"]).elements.compactMap(\.integer)
            let found =
                switch entry["place"]?.string {
                case "beginning": everywhere.wordIDs(of: TokenBytes([0x20] + token))
                case "inside": marking.wordIDs(of: TokenBytes(Array(token)))
                default: everywhere.wordIDs(of: TokenBytes(Array(token)))
                }
            #expect(found == wanted, "\(entry.sourceText): \(found)")
        }
    }

    @Test(arguments: [
        ("gpt2", true), ("llama2", false), ("llama3", true), ("gemma", true), ("t5", false), ("roberta", false), ("clip", true),
        ("affixes", false), ("metaspace-first", false),
    ])
    func tokensWithoutASpaceBeginWordsWhereTheBaseSpellsThemSo(family: String, expected: Bool) throws {
        let base = try base(fixture("base-tokenizers/\(family).tokenizer.json"))
        #expect(base.marksFirstWord != expected)
        #expect(base.marksWordEnds == (family == "clip"))
    }

    @Test func cutsToTheFirstWords() throws {
        let vectors = try WordVectors(path: fixture("word-vectors/words.vec"))
        let base = try base(fixture("base-tokenizers/gpt2.tokenizer.json"))
        let token = TokenBytes(Array("e".utf8))
        let all = WordContexts(vectors, base: base).wordIDs(of: token)
        #expect(all.count > 20)
        for size in [1, 20, all.count - 1, all.count, all.count + 1] {
            let context = WordContexts(vectors, base: base, maximumSize: size).context(of: token)
            #expect(context.ids == Array(all.prefix(size)) && context.isTruncated == (size < all.count))
        }
        #expect(WordContexts(vectors, base: base).wordIDs(of: TokenBytes([0x20])) == [])
        #expect(WordContexts(vectors, base: base).wordIDs(of: TokenBytes(Array("a".utf8), specialID: 1)) == [])
    }

    @Test func takesWordsAndIDsOfTheCaller() throws {
        let vectors = try WordVectors(path: fixture("word-vectors/words.vec"))
        let contexts = WordContexts(vectors, base: try base(fixture("base-tokenizers/gpt2.tokenizer.json")), maximumSize: 3)
        #expect(try contexts.ids(of: [vectors.word(7), vectors.word(2), vectors.word(7)]) == [7, 2, 7])
        #expect(throws: WordContextError.unknownWord("nowhere", index: 1)) {
            _ = try contexts.ids(of: [vectors.word(0), "nowhere"])
        }
        #expect(try contexts.checked([0, vectors.count - 1]) == [0, vectors.count - 1])
        #expect(throws: WordContextError.unknownID(vectors.count, index: 1, count: vectors.count)) {
            _ = try contexts.checked([0, vectors.count])
        }
        #expect(throws: WordContextError.unknownID(-1, index: 0, count: vectors.count)) { _ = try contexts.checked([-1]) }
        #expect(throws: WordContextError.tooMany(4, limit: 3)) { _ = try contexts.checked([0, 1, 2, 3]) }
    }
}
