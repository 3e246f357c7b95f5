import Foundation

/// How the caller spelled a token (specs/zett.md, "Surface forms").
public enum TokenForm: String, Sendable, CaseIterable {
    /// Plain text; a leading space begins a word. It passes the base tokenizer's normaliser first.
    case text
    /// A vocabulary entry in GPT-2's printable alphabet: `Ġ` is a space.
    case byteLevel = "byte_level"
    /// A SentencePiece entry: `▁` is a space, `<0xNN>` a byte.
    case sentencePiece = "sentencepiece"
    /// A WordPiece entry: `##` continues a word, anything else begins one.
    case wordPiece = "wordpiece"
    /// Base64 of the token's bytes.
    case bytes
}

extension TokenForm {
    /// The plain text of a token in this form, a leading space beginning a word; nil for one that is ill-formed or no text: it may be
    /// a part of a character.
    public func text(of token: String) -> String? {
        switch self {
        case .text: token
        case .byteLevel: ByteLevelAlphabet.bytes(spelledBy: token).flatMap { String(validating: $0, as: UTF8.self) }
        case .sentencePiece: String(validating: Self.sentencePieceBytes(token), as: UTF8.self)
        case .wordPiece: String(validating: Self.wordPieceBytes(token), as: UTF8.self)
        case .bytes: Data(base64Encoded: token).flatMap { String(validating: $0, as: UTF8.self) }
        }
    }

    /// `▁` is a space and a piece `<0xNN>` one byte.
    static func sentencePieceBytes(_ piece: String) -> [UInt8] {
        if let digits = piece.wholeMatch(of: /<0x([0-9A-Fa-f]{2})>/)?.1, let byte = UInt8(digits, radix: 16) { return [byte] }
        return Array(piece.replacingOccurrences(of: "\u{2581}", with: " ", options: .literal).utf8)
    }

    /// `##` continues a word, anything else begins with a space.
    static func wordPieceBytes(_ piece: String) -> [UInt8] {
        piece.utf8.starts(with: "##".utf8) ? Array(piece.utf8.dropFirst(2)) : Array(" \(piece)".utf8)
    }
}
