/// What the hypernetwork is given for one token.
public struct SurfaceForm: Sendable, Hashable {
    /// Ids of the hypernetwork's tokenizer, at most as many as it reads; ids from the base vocabulary's size on are fallback
    /// rows.
    public var sourceIDs: [Int32]
    /// Whether further ids were cut off.
    public var isTruncated: Bool
    /// How many of `sourceIDs` stand for something that the base vocabulary cannot spell.
    public var fallbackPieces: Int

    public init(sourceIDs: [Int32], isTruncated: Bool, fallbackPieces: Int) {
        self.sourceIDs = sourceIDs
        self.isTruncated = isTruncated
        self.fallbackPieces = fallbackPieces
    }
}

/// Why a token has no surface form.
public enum SurfaceFormError: Error, Equatable, Sendable, CustomStringConvertible {
    case empty
    /// The base tokenizer's normaliser leaves nothing of the text.
    case emptyAfterNormalization
    /// A character that is none of the byte-level alphabet's; the offset counts characters.
    case notByteLevel(scalar: Unicode.Scalar, offset: Int)
    case notBase64
    /// The hypernetwork's tokenizer has no pieces for all of the token, or refuses its length.
    case notCovered

    public var description: String {
        switch self {
        case .empty: "the token is empty"
        case .emptyAfterNormalization: "the base tokenizer's normaliser leaves nothing of the token"
        case .notByteLevel(let scalar, let offset):
            "character \(offset), U+\(String(scalar.value, radix: 16, uppercase: true)), is not in the byte-level alphabet"
        case .notBase64: "the token is not valid base64"
        case .notCovered: "the hypernetwork's tokenizer cannot spell the token: it is too long, or lacks pieces for it"
        }
    }
}
