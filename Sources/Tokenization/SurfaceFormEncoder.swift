import Foundation

/// Brings new tokens into the form that a hypernetwork reads (specs/zett.md, "Surface forms").
public struct SurfaceFormEncoder: Sendable {
    private let baseNormalizer: Normalizer?
    private let tokenizer: Tokenizer
    private let baseVocabularySize: Int
    private let maximumLength: Int
    /// What the model writes before pieces inside a word.
    private let continuingPrefix: [UInt8]

    /// - Parameters:
    ///   - base: the base model's tokenizer, for its normaliser.
    ///   - hypernetwork: the hypernetwork's own tokenizer, whose model splits byte-level text.
    ///   - baseVocabularySize: ids from here on are fallback rows.
    ///   - maximumLength: how many ids the hypernetwork reads.
    public init(base: Tokenizer, hypernetwork: Tokenizer, baseVocabularySize: Int, maximumLength: Int) {
        baseNormalizer = base.normalizer
        tokenizer = hypernetwork
        self.baseVocabularySize = baseVocabularySize
        self.maximumLength = maximumLength
        if case .wordPiece(let model) = hypernetwork.model {
            continuingPrefix = model.continuingPrefix
        } else {
            continuingPrefix = []
        }
    }

    /// The surface form of a token that is spelled in `form`. A special token of the hypernetwork's tokenizer, spelled exactly,
    /// is its own id.
    ///
    /// - Throws: `SurfaceFormError`.
    public func encode(_ token: String, form: TokenForm) throws(SurfaceFormError) -> SurfaceForm {
        guard !token.isEmpty else { throw .empty }
        if form != .bytes, let id = tokenizer.specialTokenID(Array(token.utf8)) { return surfaceForm([id]) }
        switch form {
        case .text:
            return try encodeText(token)
        case .byteLevel:
            if let (offset, scalar) = ByteLevelAlphabet.firstForeignCharacter(in: token) {
                throw .notByteLevel(scalar: scalar, offset: offset)
            }
            return try encode(byteLevel: Array(token.utf8))
        case .sentencePiece:
            return try encode(bytes: TokenForm.sentencePieceBytes(token))
        case .wordPiece:
            return try encode(bytes: TokenForm.wordPieceBytes(token))
        case .bytes:
            guard let data = Data(base64Encoded: token) else { throw .notBase64 }
            return try encode(bytes: Array(data))
        }
    }

    private func encodeText(_ text: String) throws(SurfaceFormError) -> SurfaceForm {
        let normalized = baseNormalizer?.normalize(text) ?? text
        guard !normalized.isEmpty else { throw .emptyAfterNormalization }
        var form = try encode(bytes: Array(normalized.utf8))
        // By bytes: as strings, two normalisation forms of one text are equal.
        if !normalized.utf8.elementsEqual(text.utf8) { form.normalized = normalized }
        return form
    }

    private func encode(bytes: [UInt8]) throws(SurfaceFormError) -> SurfaceForm {
        guard !bytes.isEmpty else { throw .empty }
        return try encode(byteLevel: ByteLevelAlphabet.spell(bytes))
    }

    private func encode(byteLevel text: [UInt8]) throws(SurfaceFormError) -> SurfaceForm {
        let ids = tokenizer.model.tokenize(text)
        guard spell(ids) == text else { throw .notCovered }
        return surfaceForm(ids)
    }

    /// The pieces joined: other than the text where the model put its unknown token or dropped something.
    private func spell(_ ids: [Int]) -> [UInt8] {
        var text: [UInt8] = []
        for (index, id) in ids.enumerated() {
            let piece = tokenizer.piece(id) ?? []
            text += index > 0 && piece.starts(with: continuingPrefix) ? piece.dropFirst(continuingPrefix.count) : piece[...]
        }
        return text
    }

    private func surfaceForm(_ ids: [Int]) -> SurfaceForm {
        let kept = ids.prefix(maximumLength)
        return SurfaceForm(
            sourceIDs: kept.map(Int32.init), isTruncated: kept.count < ids.count,
            fallbackPieces: kept.count { $0 >= baseVocabularySize }, normalized: nil)
    }
}
