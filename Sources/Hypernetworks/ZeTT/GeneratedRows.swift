/// The rows that a hypernetwork predicts for a batch of tokens, in the order of the tokens.
public struct GeneratedRows: Sendable, Equatable {
    /// Width of one row.
    public let dimension: Int
    /// Input embeddings, [tokens, dimension] in row-major order.
    public internal(set) var input: [Float] = []
    /// Output embeddings, likewise; empty for a tied base.
    public internal(set) var output: [Float] = []
    /// One output bias for each token; empty when the hypernetwork predicts none.
    public internal(set) var bias: [Float] = []

    public init(dimension: Int) { self.dimension = dimension }

    public var count: Int { dimension == 0 ? 0 : input.count / dimension }

    /// The input row of one token.
    public func inputRow(_ token: Int) -> ArraySlice<Float> { input[token * dimension..<(token + 1) * dimension] }

    /// The output row of one token, or nil for a tied base.
    public func outputRow(_ token: Int) -> ArraySlice<Float>? {
        output.isEmpty ? nil : output[token * dimension..<(token + 1) * dimension]
    }

    /// Adds the rows of another batch behind these.
    public mutating func append(_ other: GeneratedRows) {
        precondition(other.dimension == dimension, "rows of another width")
        input += other.input
        output += other.output
        bias += other.bias
    }
}
