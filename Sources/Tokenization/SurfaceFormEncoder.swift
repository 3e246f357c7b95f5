/// Brings new tokens into the form that a hypernetwork reads (specs/zett.md, "Surface forms").
public struct SurfaceFormEncoder: Sendable {
    private let tokenizer: Tokenizer
    private let baseVocabularySize: Int
    private let maximumLength: Int
    /// What the model writes before pieces inside a word.
    private let continuingPrefix: [UInt8]

    /// - Parameters:
    ///   - hypernetwork: the hypernetwork's own tokenizer, whose model splits byte-level text.
    ///   - baseVocabularySize: ids from here on are fallback rows.
    ///   - maximumLength: how many ids the hypernetwork reads.
    public init(hypernetwork: Tokenizer, baseVocabularySize: Int, maximumLength: Int) {
        tokenizer = hypernetwork
        self.baseVocabularySize = baseVocabularySize
        self.maximumLength = maximumLength
        if case .wordPiece(let model) = hypernetwork.model {
            continuingPrefix = model.continuingPrefix
        } else {
            continuingPrefix = []
        }
    }

    /// The surface form of a token.
    ///
    /// - Throws: `empty` or `notCovered`.
    public func encode(_ token: TokenBytes) throws(SurfaceFormError) -> SurfaceForm {
        if let id = token.specialID { return surfaceForm([id]) }
        guard !token.bytes.isEmpty else { throw .empty }
        let text = ByteLevelAlphabet.spell(token.bytes)
        let ids = tokenizer.model.tokenize(text)
        guard spells(ids, text) else { throw .notCovered }
        return surfaceForm(ids)
    }

    /// What a source id spells; nil for one that spells nothing.
    public func bytes(ofPiece id: Int) -> [UInt8]? {
        guard let piece = tokenizer.piece(id) else { return nil }
        let text = piece.starts(with: continuingPrefix) ? Array(piece.dropFirst(continuingPrefix.count)) : piece
        // A special token is spelled as it is.
        return (try? ByteLevelAlphabet.read(text)) ?? text
    }

    /// Whether the pieces joined are the text: not where the model put its unknown token or dropped something.
    private func spells(_ ids: [Int], _ text: [UInt8]) -> Bool {
        var end = 0
        for (index, id) in ids.enumerated() {
            guard let piece = tokenizer.piece(id) else { continue }
            let part = index > 0 && piece.starts(with: continuingPrefix) ? piece.dropFirst(continuingPrefix.count) : piece[...]
            guard text[end...].starts(with: part) else { return false }
            end += part.count
        }
        return end == text.count
    }

    private func surfaceForm(_ ids: [Int]) -> SurfaceForm {
        let kept = ids.prefix(maximumLength)
        return SurfaceForm(
            sourceIDs: kept.map(Int32.init), isTruncated: kept.count < ids.count,
            fallbackPieces: kept.count { $0 >= baseVocabularySize })
    }
}
