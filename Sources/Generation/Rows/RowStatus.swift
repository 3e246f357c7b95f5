/// Where a row has come from, in the end.
public enum RowStatus: String, Sendable, CaseIterable {
    /// Made by the method that was asked for.
    case generated
    /// A row that the base model has.
    case copied
    /// The mean of the base's rows: there was nothing to make another one of.
    case fallback

    /// The same in a tensor of numbers.
    public var code: UInt8 {
        switch self {
        case .generated: 0
        case .copied: 1
        case .fallback: 2
        }
    }
}
