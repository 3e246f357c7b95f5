/// One token as a hypernetwork reads it.
public struct HypernetworkInput: Sendable, Hashable {
    /// What the token is made of, in order and without padding: for ZeTT the source ids of its surface form, for HyperOFA the ids of
    /// words that it stands in.
    public var ids: [Int32]
    /// Row of the language table, for hypernetworks that look at the language.
    public var language: Int?

    public init(ids: [Int32], language: Int? = nil) {
        self.ids = ids
        self.language = language
    }
}

extension Sequence<HypernetworkInput> {
    /// The ids of all tokens together: so many rows a batch of them has, but for languages.
    public var sourceRows: Int { reduce(0) { $0 + $1.ids.count } }
}
