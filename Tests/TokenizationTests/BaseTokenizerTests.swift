import Foundation
import JSON
import Testing

@testable import Tokenization

@Suite struct BaseTokenizerTests {
    /// On at least 750 tokens of each family: what the library's `encode` gives wherever that spells the token, and everywhere
    /// pieces that spell it.
    @Test(arguments: baseTokenizerFamilies)
    func agreesWithTheLibrary(family: String, tokenizer: String) throws {
        let base = try BaseTokenizer(Tokenizer(contentsOf: repository(tokenizer)))
        let cases = try #require(readBaseTokenizerFixture("\(family).expected.json")["pieces"])
        #expect(cases.count >= 750)
        let writesSpaces = !["clip", "affixes", "minilm"].contains(family)
        var spelled = 0
        for pair in cases.elements {
            let parts = Array(pair.elements)
            let token = try #require(parts.first?.utf8)
            let found = base.pieces(of: token)
            if let wanted = parts.last, !wanted.isNull {
                #expect(found == wanted.elements.compactMap(\.integer), "\(pair.sourceText)")
                spelled += 1
            }
            guard let found else { continue }
            let bytes = found.flatMap { base.bytes(of: $0) ?? [] }
            let isSame = writesSpaces ? bytes == token : bytes.filter { $0 != space } == token.filter { $0 != space }
            #expect(isSame, "\(pair.sourceText): \(found)")
        }
        #expect(spelled >= 500)
    }

    /// By its bytes, though some share theirs with others; what the model never sees is found as what it sees.
    @Test(arguments: baseTokenizerFamilies)
    func findsEveryEntry(family: String, tokenizer: String) throws {
        let base = try BaseTokenizer(Tokenizer(contentsOf: repository(tokenizer)))
        for (id, entry) in base.listing.entries.enumerated() {
            switch entry {
            case .token(let bytes):
                #expect(base.bytes(of: id) == bytes)
                let found = try #require(base.id(of: bytes))
                #expect(base.listing.entries[found] == entry || base.pieces(of: bytes) == [found])
            case .special(let content):
                #expect(base.specialID(of: content) == id && base.bytes(of: id) == content)
            case .hole:
                #expect(base.bytes(of: id) == nil)
            }
        }
        #expect(base.bytes(of: -1) == nil && base.bytes(of: base.listing.entries.count) == nil)
    }

    @Test func entriesWithEqualBytesAreFoundByTheLowestID() throws {
        let vocabulary = #"{"<0x61>":0,"<0x0A>":1,"▁":3,"a":4," ":5}"#
        let json = #"{"model":{"type":"BPE","byte_fallback":true,"vocab":\#(vocabulary),"merges":[]}}"#
        let base = try BaseTokenizer(Tokenizer(parsing: Array(json.utf8)))
        #expect(["a", "\n", " ", "b"].map { base.id(of: Array($0.utf8)) } == [4, 1, 3, nil])
    }

    /// Bytes that are no text have pieces where the vocabulary has all bytes.
    @Test(arguments: [("gpt2", true), ("llama2", true), ("llama3", true), ("minilm", false), ("t5", false)])
    func anyBytes(family: String, areSpelled: Bool) throws {
        let path = try #require(baseTokenizerFamilies.first { $0.0 == family }).1
        let base = try BaseTokenizer(Tokenizer(contentsOf: repository(path)))
        for bytes in [[0x80], [0xFF, 0xFE], Array(" \u{E9}".utf8).dropLast(), [0x20, 0xF0, 0x9F, 0x98]].map(Array.init) {
            let pieces = base.pieces(of: bytes)
            #expect((pieces != nil) == areSpelled, "\(bytes)")
            if let pieces { #expect(pieces.flatMap { base.bytes(of: $0) ?? [] } == bytes) }
        }
        #expect(base.pieces(of: []) == nil)
    }

    @Test(arguments: [
        (" haus", ["ha", "##us"]), ("haus", ["##haus"]), ("izationist", ["##ization", "##ist"]),
        (" don't", ["don", "'", "t"]), ("'s", ["'", "s"]),
        (" new york", ["new", "york"]), (" 東京", ["東", "京"]), (" \u{1F9FF}", nil),
    ])
    func wordPieceBeginsAndContinuesWords(token: String, pieces: [String]?) throws {
        let path = "Sources/Generation/Resources/minilm/base/tokenizer.json"
        let base = try BaseTokenizer(Tokenizer(contentsOf: repository(path)))
        let found = base.pieces(of: Array(token.utf8))?.map { base.tokenizer.piece($0) ?? [] }
        #expect(found == pieces?.map { Array($0.utf8) })
    }

    /// `##,` has a row that no text ever trained: punctuation is cut off from words.
    @Test(arguments: [
        (",", ","), (" ,", ","), ("ing", "##ing"), (" the", "the"), ("9", "##9"), ("`", "`"), ("''", nil), ("\u{4EAC}", "\u{4EAC}"),
    ])
    func punctuationIsAWordOfItsOwn(token: String, entry: String?) throws {
        let path = "Sources/Generation/Resources/minilm/base/tokenizer.json"
        let base = try BaseTokenizer(Tokenizer(contentsOf: repository(path)))
        #expect(base.id(of: Array(token.utf8)).flatMap { base.tokenizer.piece($0) } == entry.map { Array($0.utf8) })
    }

    @Test func mergesAreBytes() throws {
        let json = #"""
            {"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"Ġ":0,"a":1,"Ã":2,"¤":3,"Ã¤":4,"Ġa":5},
            "merges":["Ã ¤",["Ġ","a"]]}}
            """#
        let merges = try TokenizerDocument(parsing: Array(json.utf8)).merges()
        #expect(merges.map(\.left) == [[0xC3], [0x20]] && merges.map(\.right) == [[0xA4], [0x61]])
        #expect(try Tokenizer(parsing: Array(json.utf8)).model.unknownID == nil)
        let wordPiece = Array(#"{"model":{"type":"WordPiece","unk_token":"u","vocab":{"a":0,"u":1}}}"#.utf8)
        #expect(try Tokenizer(parsing: wordPiece).model.unknownID == 1)
        #expect(throws: TokenizerError.self) { try TokenizerDocument(parsing: wordPiece).merges() }
    }

    /// Every merge of a trained vocabulary makes an entry.
    @Test(arguments: ["gpt2", "llama2", "clip"])
    func mergesMakeEntries(family: String) throws {
        let path = repository("Tests/Fixtures/base-tokenizers/\(family).tokenizer.json")
        let base = try BaseTokenizer(Tokenizer(contentsOf: path))
        let merges = try TokenizerDocument(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path)))).merges()
        #expect(merges.count > 100)
        for merge in merges { #expect(base.id(of: merge.left + merge.right) != nil) }
    }

    @Test(arguments: ["gpt2", "llama2", "t5", "clip"])
    func tokensOf64kBHavePieces(family: String) throws {
        let path = "Tests/Fixtures/base-tokenizers/\(family).tokenizer.json"
        let base = try BaseTokenizer(Tokenizer(contentsOf: repository(path)))
        let pieces = try #require(base.pieces(of: Array((" " + String(repeating: "houses", count: 10_900)).utf8)))
        #expect(pieces.count > 5_000)
    }
}
