import Foundation
import JSON
import Testing
import Tokenization

/// Texts as a base model sees them (Tests/Fixtures/generate_token_vector_fixtures.py).
@Suite struct TextEncodingTests {
    /// Words with and without a space and in title case, several words, code, noise, and added tokens among them.
    @Test(arguments: baseTokenizerFamilies)
    func agreesWithTheLibrary(family: String, tokenizer: String) throws {
        let base = try BaseTokenizer(Tokenizer(contentsOf: repository(tokenizer)))
        let fixture = try readBaseTokenizerFixture("../token-vectors/encodings.json")
        let texts = try #require(fixture["texts"]).elements.compactMap(\.string)
        let encodings = try #require(fixture["ids"]?[family]).elements.map { $0.elements.compactMap(\.integer) }
        #expect(texts.count > 300 && texts.count == encodings.count)
        for (text, ids) in zip(texts, encodings) { #expect(base.encode(text: text) == ids, "\(text.debugDescription)") }
    }

    /// `pieces` says nothing where the vocabulary cannot spell a token; a text has the unknown token there.
    @Test func whatCannotBeSpelledIsUnknown() throws {
        let base = try BaseTokenizer(Tokenizer(contentsOf: repository("Sources/Generation/Resources/minilm/base/tokenizer.json")))
        let unknown = try #require(base.tokenizer.model.unknownID)
        #expect(base.encode(text: "\u{1F9FF} houses") == [unknown] + (base.pieces(of: Array(" houses".utf8)) ?? []))
        #expect(base.encode(text: "") == [] && base.encode(text: "\u{0}") == [])
    }
}
