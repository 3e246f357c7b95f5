/// A new token as its spelling was read.
public struct TokenBytes: Sendable, Hashable {
    /// UTF-8 as a rule, though an entry of a vocabulary may be part of a character; a leading space begins a word.
    public var bytes: [UInt8]
    /// Whether the base tokenizer's normaliser changed the text.
    public var isNormalized: Bool
    /// The id, if the token is a special token of the hypernetwork's tokenizer, spelled exactly.
    public var specialID: Int?

    public init(_ bytes: [UInt8], isNormalized: Bool = false, specialID: Int? = nil) {
        self.bytes = bytes
        self.isNormalized = isNormalized
        self.specialID = specialID
    }
}
