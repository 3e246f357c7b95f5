/// What there can be of each row.
public enum RowOutput: String, Sendable, CaseIterable {
    case input, output, bias
    /// What the input row is in a factorised base: times the primitives they are that row, or what is nearest to it.
    case coordinates

    /// What a file calls it.
    public var tensorName: String {
        switch self {
        case .input: "input_embeddings"
        case .output: "output_embeddings"
        case .bias: "bias"
        case .coordinates: "coordinates"
        }
    }
}
