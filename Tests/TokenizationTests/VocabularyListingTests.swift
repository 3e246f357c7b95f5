import Foundation
import JSON
import Testing

@testable import Tokenization

@Suite struct VocabularyListingTests {
    /// Every id of a small tokenizer of each family, and of the default model's base.
    @Test(arguments: baseTokenizerFamilies)
    func agreesWithTheLibrary(family: String, tokenizer: String) throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: repository(tokenizer))))
        let expected = try #require(readBaseTokenizerFixture("\(family).expected.json")["listing"])
        let entries = try TokenizerDocument(parsing: bytes).listing().entries
        try #require(entries.count == expected.count)
        for ((id, found), wanted) in zip(entries.enumerated(), expected.elements) where found != Self.entry(wanted) {
            Issue.record("\(id): \(found), not \(wanted.sourceText)")
        }
        #expect(try BaseTokenizer(Tokenizer(parsing: bytes)).listing.entries == entries)
    }

    private static func entry(_ expected: JSONValue) -> VocabularyListing.Entry {
        let parts = Array(expected.elements)
        guard parts.count == 2, let digits = parts[1].utf8 else { return .hole }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
        return parts[0].string == "special" ? .special(content: bytes) : .token(bytes: bytes)
    }

    @Test func idsMayStandInAnyOrderWithHoles() throws {
        let entries = try list(#""Ġa":4,"b":0,"é":2"#, #","pre_tokenizer":{"type":"ByteLevel"}"#)
        #expect(entries == [.token(bytes: [0x62]), .hole, .token(bytes: [0xE9]), .hole, .token(bytes: Array(" a".utf8))])
    }

    /// An entry and an added token may stand for the same bytes.
    @Test func equalBytesAreAllowed() throws {
        let added = #"{"id":3,"content":" the","special":false},{"id":1,"content":"[MASK]","special":true}"#
        let entries = try list(
            ###""the":0,"[MASK]":1,"##":2"###, #","added_tokens":[\#(added)]"#, model: #""type":"WordPiece","unk_token":"the""#)
        let the = VocabularyListing.Entry.token(bytes: Array(" the".utf8))
        #expect(entries == [the, .special(content: Array("[MASK]".utf8)), .token(bytes: []), the])
        let pieces = try list(#""a":0,"<0x61>":1"#, model: #""type":"BPE","byte_fallback":true"#)
        #expect(pieces == [.token(bytes: [0x61]), .token(bytes: [0x61])])
    }

    /// An added token that is an entry of the model is spelled like one; any other is plain text.
    @Test func addedTokensAreText() throws {
        let added = #"{"id":0,"content":"▁▁","special":false},{"id":1,"content":"▁x","special":false}"#
        let entries = try list(#""▁▁":0"#, #","decoder":{"type":"Metaspace"},"added_tokens":[\#(added)]"#)
        #expect(entries == [.token(bytes: Array("  ".utf8)), .token(bytes: Array("▁x".utf8))])
    }

    @Test(arguments: [
        (#""a":0,"b":0"#, "", "/model/vocab/b"), (#""a":-1"#, "", "/model/vocab/a"), (#""a":16777217"#, "", "/model/vocab/a"),
        (#""a":1.5"#, "", "/model/vocab/a"), (#""a":0"#, #"{"id":0,"content":"b"}"#, "/added_tokens/0/id"),
        (#""a":0"#, #"{"id":7,"content":"b"},{"id":7,"content":"c"}"#, "/added_tokens/1/id"),
        (#""a":0"#, #"{"id":16777217,"content":"b"}"#, "/added_tokens/0"),
    ])
    func refusesIDs(vocabulary: String, added: String, pointer: String) {
        do {
            _ = try list(vocabulary, #","decoder":{"type":"ByteLevel"},"added_tokens":[\#(added)]"#)
            Issue.record("nothing was thrown")
        } catch TokenizerError.invalid(_, let found, _) {
            #expect(found == pointer)
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test(arguments: [
        ("", #""type":"BPE""#), (#","pre_tokenizer":{"type":"Whitespace"}"#, #""type":"BPE""#),
        (#","pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"Metaspace"}"#, #""type":"BPE""#),
        ("", #""type":"WordPiece","continuing_subword_prefix":"""#),
    ])
    func saysWhatItLookedAt(parts: String, model: String) throws {
        do {
            _ = try list(#""a":0"#, parts, model: model)
            Issue.record("nothing was thrown")
        } catch TokenizerError.unknownForm(_, let seen) {
            for part in ["/model/type", "/normalizer", "/pre_tokenizer", "/decoder"] { #expect(seen.contains(part)) }
        }
        // The caller may know.
        #expect(try list(#""Ġa":0"#, parts, model: model, form: .byteLevel) == [.token(bytes: Array(" a".utf8))])
    }

    @Test func listsPieces() throws {
        let pieces = ["▁a", "<0x0A>", "a", ""]
        let bytes = [" a", "\n", "a", ""].map { VocabularyListing.Entry.token(bytes: Array($0.utf8)) }
        #expect(try VocabularyListing(pieces: pieces, form: .sentencePiece).entries == bytes)
        let pairs = [("▁a", 2), ("a", 0)]
        #expect(
            try VocabularyListing(pieces: pairs, form: .sentencePiece).entries
                == [.token(bytes: Array("a".utf8)), .hole, .token(bytes: Array(" a".utf8))])
    }

    @Test func refusesPieces() {
        #expect(throws: VocabularyListingError.unreadable(.notByteLevel(scalar: "▁", offset: 0), index: 1)) {
            try VocabularyListing(pieces: ["Ġa", "▁a"], form: .byteLevel)
        }
        #expect(throws: VocabularyListingError.unreadable(.notBase64, index: 0)) {
            try VocabularyListing(pieces: ["%"], form: .bytes)
        }
        #expect(throws: VocabularyListingError.duplicateID(3, index: 1)) {
            try VocabularyListing(pieces: [("a", 3), ("b", 3)], form: .text)
        }
        for id in [-1, 1 << 21 + 1, .max] {
            #expect(throws: VocabularyListingError.invalidID(id, index: 0)) {
                try VocabularyListing(pieces: [("a", id)], form: .text)
            }
        }
    }

    private func list(
        _ vocabulary: String, _ parts: String = "", model: String = #""type":"BPE""#, form: TokenForm? = nil
    ) throws -> [VocabularyListing.Entry] {
        let json = #"{"model":{\#(model),"vocab":{\#(vocabulary)}}\#(parts)}"#
        return try TokenizerDocument(parsing: Array(json.utf8)).listing(form: form).entries
    }
}

/// What Tests/Fixtures/generate_base_tokenizer_fixtures.py wrote: families and where their tokenizers are.
let baseTokenizerFamilies =
    ["gpt2", "roberta", "llama3", "clip", "llama2", "gemma", "metaspace-first", "t5", "affixes"].map {
        ($0, "Tests/Fixtures/base-tokenizers/\($0).tokenizer.json")
    } + [("minilm", "Sources/Generation/Resources/minilm/base/tokenizer.json")]

/// A JSON file of Tests/Fixtures/base-tokenizers.
func readBaseTokenizerFixture(_ name: String) throws -> JSONValue {
    let path = repository("Tests/Fixtures/base-tokenizers/\(name)")
    return try JSONDocument(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path)))).root
}
