import Foundation
import JSON
import Testing

@testable import Tokenization

/// Equality with the `tokenizers` library's `model.tokenize`, on what Tests/Fixtures/generate_tokenizer_fixtures.py wrote.
@Suite struct TokenModelTests {
    private static let minilm = "Sources/Generation/Resources/minilm"

    /// A real tokenizer as it is.
    @Test(arguments: [
        ("byte-level-bpe", fixture("byte-level-bpe.tokenizer.json")),
        ("sentencepiece-bpe", fixture("sentencepiece-bpe.tokenizer.json")),
        ("affix-bpe", fixture("affix-bpe.tokenizer.json")),
        ("unigram", fixture("unigram.tokenizer.json")),
        ("wordpiece", "\(minilm)/base/tokenizer.json"),
        ("wordpiece-byte-level", "\(minilm)/hypernetwork/tokenizer.json"),
    ])
    func agreesWithTheLibrary(family: String, tokenizer: String) throws {
        let cases = try expectAgreement(of: Tokenizer(contentsOf: repository(tokenizer)), with: family)
        #expect(cases >= 2_000)
    }

    /// The same tokenizers with single options turned over, as the generator turned them.
    @Test(arguments: [
        ("byte-level-bpe-ignoring-merges", "byte-level-bpe", ["ignore_merges"]),
        ("sentencepiece-bpe-without-fallback", "sentencepiece-bpe", ["byte_fallback"]),
        ("sentencepiece-bpe-unfused", "sentencepiece-bpe", ["byte_fallback", "fuse_unk"]),
        ("unigram-without-fallback", "unigram", ["byte_fallback"]),
    ])
    func agreesWithTheLibraryOnOptions(expected: String, tokenizer: String, options: [String]) throws {
        let path = repository(fixture("\(tokenizer).tokenizer.json"))
        var json = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        for option in options {
            let (on, off) = ("\"\(option)\":true", "\"\(option)\":false")
            let isOn = json.contains(on)
            try #require(isOn || json.contains(off))
            json = isOn ? json.replacingOccurrences(of: on, with: off) : json.replacingOccurrences(of: off, with: on)
        }
        try expectAgreement(of: Tokenizer(parsing: Array(json.utf8)), with: expected)
    }

    /// - Returns: how many strings were compared.
    @discardableResult
    private func expectAgreement(of tokenizer: Tokenizer, with name: String) throws -> Int {
        let cases = try readFixture("\(name).expected.json")
        for pair in cases.elements {
            let (text, ids) = (Array(pair.elements)[0], Array(pair.elements)[1])
            let found = tokenizer.model.tokenize(try #require(text.utf8))
            #expect(found == ids.elements.compactMap(\.integer), "\(text.sourceText.prefix(200))")
        }
        return cases.count
    }
}

/// Where the repository keeps a file of Tests/Fixtures/tokenizers.
func fixture(_ name: String) -> String { "Tests/Fixtures/tokenizers/\(name)" }

/// A JSON file of Tests/Fixtures/tokenizers.
func readFixture(_ name: String) throws -> JSONValue {
    try JSONDocument(parsing: Array(Data(contentsOf: URL(fileURLWithPath: repository(fixture(name)))))).root
}
