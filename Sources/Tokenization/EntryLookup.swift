import Foundation

extension Tokenizer {
    /// The id of an entry of the model's vocabulary, spelled exactly.
    public func entryID(of entry: [UInt8]) -> Int? { model.vocabulary.id(of: entry) }

    /// The id of a text that the vocabulary has as one entry; a leading space begins a word.
    ///
    /// - Parameter form: how the vocabulary spells its entries.
    public func entryID(ofText text: String, form: TokenForm) -> Int? {
        switch form {
        case .byteLevel: entryID(of: ByteLevelAlphabet.spell(text.utf8))
        case .sentencePiece: entryID(of: Array(text.replacingOccurrences(of: " ", with: "\u{2581}", options: .literal).utf8))
        case .wordPiece: entryID(of: text.utf8.first == 0x20 ? Array(text.utf8.dropFirst()) : Array("##\(text)".utf8))
        case .text, .bytes: entryID(of: Array(text.utf8))
        }
    }

    /// How many entries the model's vocabulary has, without holes and without added tokens that are not in it.
    public var entryCount: Int { model.vocabulary.entries.count { $0 != nil } }
}

extension TokenForm {
    /// The plain text of a token in this form, a leading space beginning a word; nil for bytes that are no text: they may be a
    /// part of a character.
    ///
    /// - Throws: `SurfaceFormError` for a token that is not in this form.
    public func text(of token: String) throws(SurfaceFormError) -> String? {
        String(validating: try EntrySpelling(self).bytes(of: Array(token.utf8)), as: UTF8.self)
    }
}
