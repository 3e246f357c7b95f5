/// What there is of each row, and how many numbers that has.
public struct RowShape: Sendable, Equatable {
    /// Width of input and output embeddings.
    public var dimension: Int
    /// Whether there are output embeddings: not for a tied base.
    public var hasOutput: Bool
    public var hasBias: Bool
    /// Width of the coordinates of a factorised base; nil for any other.
    public var coordinates: Int?

    public init(dimension: Int, hasOutput: Bool = false, hasBias: Bool = false, coordinates: Int? = nil) {
        self.dimension = dimension
        self.hasOutput = hasOutput
        self.hasBias = hasBias
        self.coordinates = coordinates
    }

    /// How many numbers there are of an output; nil for one that there is not.
    public func width(_ output: RowOutput) -> Int? {
        switch output {
        case .input: dimension
        case .output: hasOutput ? dimension : nil
        case .bias: hasBias ? 1 : nil
        case .coordinates: coordinates
        }
    }

    /// The shape of an output's tensor of so many rows: a bias is one number.
    public func shape(of output: RowOutput, rows: Int) -> [Int] { output == .bias ? [rows] : [rows, width(output) ?? 0] }

    /// The outputs that there are, in the order of `RowOutput`.
    public var outputs: [RowOutput] { RowOutput.allCases.filter { width($0) != nil } }

    /// Bytes that one token takes.
    public var bytes: Int { outputs.reduce(0) { $0 + 4 * (width($1) ?? 0) } }
}
