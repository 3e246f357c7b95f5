import Foundation
import JSON
import Testing

@testable import Tokenization

@Suite struct SurfaceFormTests {
    private static let models = repository("Sources/Generation/Resources/minilm")
    private static let tokenizer = Result { try Tokenizer(contentsOf: models + "/hypernetwork/tokenizer.json") }
    private static let encoder = Result {
        SurfaceFormEncoder(
            hypernetwork: try tokenizer.get(), baseVocabularySize: 30_522, maximumLength: 7)
    }

    private static let reader = Result {
        TokenReader(base: try Tokenizer(contentsOf: models + "/base/tokenizer.json"), specialTokens: try tokenizer.get())
    }

    private func read(_ token: String, _ form: TokenForm) throws -> TokenBytes {
        try Self.reader.get().read(token, form: form)
    }

    private func encode(_ token: String, _ form: TokenForm) throws -> SurfaceForm {
        try Self.encoder.get().encode(read(token, form))
    }

    /// The reference tokens of the default model, in byte-level form and as text.
    @Test func agreesWithTheReference() throws {
        let path = repository("Tests/Golden/minilm-words/tokens.json")
        let cases = try JSONDocument(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path)))).root
        #expect(cases.count == 125)
        let tokenizer = try Self.tokenizer.get()
        for reference in cases.elements {
            let token = try #require(reference["token"]?.string)
            let read = try read(token, try #require(TokenForm(rawValue: reference["form"]?.string ?? "")))
            let form = try Self.encoder.get().encode(read)
            let ids = try #require(reference["source_ids"]).elements.compactMap(\.integer)
            #expect(form.sourceIDs.map(Int.init) == ids, "\(token)")
            #expect(form.isTruncated == reference["truncated"]?.boolean, "\(token)")
            #expect(form.fallbackPieces == reference["fallback_pieces"]?.integer, "\(token)")
            #expect((read.isNormalized ? read.bytes : nil) == reference["normalized"]?.utf8, "\(token)")
            let pieces = try #require(reference["pieces"]).elements.compactMap(\.utf8)
            #expect(ids.map { tokenizer.piece($0) } == pieces, "\(token)")
        }
    }

    @Test(arguments: [
        ("▁blockchain", TokenForm.sentencePiece), ("blockchain", .wordPiece), ("IGJsb2NrY2hhaW4=", .bytes), (" Blockchain", .text),
    ])
    func everyFormMeansTheSameBytes(token: String, form: TokenForm) throws {
        #expect(try encode(token, form).sourceIDs == encode("Ġblockchain", .byteLevel).sourceIDs)
    }

    @Test func wordPieceContinuesWords() throws {
        #expect(try encode("##ization", .wordPiece) == encode("ization", .byteLevel))
    }

    @Test func sentencePieceSpellsBytes() throws {
        #expect(try encode("<0x0A>", .sentencePiece) == encode("Ċ", .byteLevel))
        #expect(try encode("<0x0A>", .text).sourceIDs != encode("Ċ", .byteLevel).sourceIDs)
        // Only a piece that is nothing else is a byte.
        #expect(try encode("▁<0x0A>", .sentencePiece) == encode("Ġ<0x0A>", .byteLevel))
    }

    @Test(arguments: [
        (" Nai\u{308}ve", TokenForm.text, " naive", true), (" word", .text, " word", false),
        ("ĠNaÃ¯ve", .byteLevel, " Naïve", false),
        ("▁a▁b", .sentencePiece, " a b", false), ("##ing", .wordPiece, "ing", false), ("ing", .wordPiece, " ing", false),
        ("IGE=", .bytes, " a", false),
    ])
    func spellingsAreReadAsBytes(token: String, form: TokenForm, text: String, isNormalized: Bool) throws {
        #expect(try read(token, form) == TokenBytes(Array(text.utf8), isNormalized: isNormalized))
    }

    @Test func specialTokensAreTheirOwnID() throws {
        #expect(try read("[MASK]", .byteLevel) == TokenBytes(Array("[MASK]".utf8), specialID: 103))
        for form in [TokenForm.text, .byteLevel, .sentencePiece, .wordPiece] {
            #expect(try encode("[MASK]", form).sourceIDs == [103])
        }
        #expect(try encode(" [MASK]", .text).sourceIDs != [103])
        #expect(try encode("[mask]", .text).sourceIDs != [103])
    }

    @Test func vocabularyFormsAreNotNormalised() throws {
        #expect(try read("ĠBlockchain", .byteLevel) == TokenBytes(Array(" Blockchain".utf8)))
        #expect(try encode("ĠBlockchain", .byteLevel).sourceIDs != encode("Ġblockchain", .byteLevel).sourceIDs)
        #expect(try encode("▁Blockchain", .sentencePiece).fallbackPieces == 2)
    }

    @Test(arguments: [
        ("", TokenForm.text, SurfaceFormError.empty), ("", .bytes, .empty), ("\u{0}\u{200B}", .text, .emptyAfterNormalization),
        ("Ġa日", .byteLevel, .notByteLevel(scalar: "日", offset: 2)), (" a", .byteLevel, .notByteLevel(scalar: " ", offset: 0)),
        ("%%%", .bytes, .notBase64), ("##", .wordPiece, .empty),
        (String(repeating: "a", count: 101), .byteLevel, .notCovered),
    ])
    func refuses(token: String, form: TokenForm, error: SurfaceFormError) {
        #expect(throws: error) { _ = try encode(token, form) }
    }

    @Test func tokensOf64kBAreReadAndRefused() throws {
        let token = " " + String(repeating: "Größe-", count: 8_192)
        #expect(throws: SurfaceFormError.notCovered) { _ = try encode(token, .text) }
        let byteLevel = String(decoding: ByteLevelAlphabet.spell(token.utf8), as: UTF8.self)
        #expect(try read(byteLevel, .byteLevel).bytes == Array(token.utf8))
    }

    /// Any bytes have a surface form, and its pieces spell them.
    @Test func anyBytesAreSpelled() throws {
        let encoder = try Self.encoder.get()
        let tokenizer = try Self.tokenizer.get()
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 1...6)).map { _ in UInt8.random(in: 0...255) }
            let read = try Self.reader.get().read(Data(bytes).base64EncodedString(), form: .bytes)
            #expect(read == TokenBytes(bytes))
            #expect(try Self.reader.get().read(String(decoding: ByteLevelAlphabet.spell(bytes), as: UTF8.self), form: .byteLevel) == read)
            let form = try encoder.encode(read)
            #expect(!form.isTruncated)
            let spelled = form.sourceIDs.flatMap { tokenizer.piece(Int($0)) ?? [] }
            #expect(spelled == ByteLevelAlphabet.spell(bytes))
        }
    }

    /// GPT-2's table, by its fixed points.
    @Test func theAlphabetIsGPT2s() {
        let expected: [(UInt8, String)] = [
            (0x00, "Ā"), (0x0A, "Ċ"), (0x20, "Ġ"), (0x21, "!"), (0x7E, "~"), (0x7F, "ġ"), (0xA0, "ł"), (0xA1, "¡"), (0xAD, "Ń"),
            (0xFF, "ÿ"),
        ]
        for (byte, character) in expected { #expect(ByteLevelAlphabet.spell([byte]) == Array(character.utf8)) }
        #expect(Set((0...255).map { ByteLevelAlphabet.spell([UInt8($0)]) }).count == 256)
    }
}

/// A path in the repository.
func repository(_ path: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(path).path
}
