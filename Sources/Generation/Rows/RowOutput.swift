import Hypernetworks
import Tensors

/// What there is of each row.
public enum RowOutput: String, Sendable, CaseIterable {
    case input, output, bias

    /// What a file calls it.
    public var tensorName: String {
        switch self {
        case .input: "input_embeddings"
        case .output: "output_embeddings"
        case .bias: "bias"
        }
    }

    /// The shape of its tensor.
    public func shape(_ rows: Int, _ dimension: Int) -> [Int] { self == .bias ? [rows] : [rows, dimension] }
}

extension GeneratedRows {
    /// The rows of one kind; nil if there are none.
    public subscript(output: RowOutput) -> RowStorage? {
        switch output {
        case .input: input
        case .output: self.output
        case .bias: bias
        }
    }
}
