/// Where a row has come from, in the end.
public enum RowStatus: String, Sendable, CaseIterable {
    /// Made by the method that was asked for.
    case generated
    /// A row that the base model has.
    case copied
    /// The mean of the base's rows: there was nothing to make another one of.
    case fallback
    /// A sample of the normal distribution of the base's rows, for a method by words or donors that found none for the token.
    case sampled

    /// The same in a tensor of numbers.
    public var code: UInt8 {
        switch self {
        case .generated: 0
        case .copied: 1
        case .fallback: 2
        case .sampled: 3
        }
    }
}
