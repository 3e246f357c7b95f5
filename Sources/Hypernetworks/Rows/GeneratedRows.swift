import Tensors

/// Room for the rows of new tokens, by token, whatever makes them. Threads fill and read it at the same time, each token by
/// itself.
public struct GeneratedRows: Sendable {
    /// Input embeddings, (tokens, dimension).
    public let input: RowStorage
    /// Output embeddings, likewise; nil for a tied base.
    public let output: RowStorage?
    /// Output biases, (tokens, 1); nil when there are none.
    public let bias: RowStorage?
    /// Coordinates in a factorised base, (tokens, rank); nil for any other.
    public let coordinates: RowStorage?

    public init(count: Int, shape: RowShape) {
        func storage(_ output: RowOutput) -> RowStorage? { shape.width(output).map { RowStorage(rows: count, columns: $0) } }
        input = RowStorage(rows: count, columns: shape.dimension)
        output = storage(.output)
        bias = storage(.bias)
        coordinates = storage(.coordinates)
    }

    /// What there is of each.
    public var shape: RowShape {
        RowShape(dimension: dimension, hasOutput: output != nil, hasBias: bias != nil, coordinates: coordinates?.columns)
    }

    /// Tokens that there is room for.
    public var count: Int { input.rows }

    /// Width of one row.
    public var dimension: Int { input.columns }

    /// The rows of one kind; nil if there are none.
    public subscript(output: RowOutput) -> RowStorage? {
        switch output {
        case .input: input
        case .output: self.output
        case .bias: bias
        case .coordinates: coordinates
        }
    }

    /// Copies what the last forward pass in `workspace` has predicted for its token `source`.
    public func store(_ token: Int, from workspace: borrowing HypernetworkWorkspace, token source: Int) {
        switch workspace {
        case .empty: break
        case .zett(let workspace): store(token, from: workspace, token: source)
        case .hyperOFA(let workspace): store(token, from: workspace, token: source)
        }
    }

    /// The same of a workspace of ZeTT's.
    public func store(_ token: Int, from workspace: borrowing ZeTTWorkspace, token source: Int) {
        input.store(token, from: workspace.inputEmbeddings, row: source)
        output?.store(token, from: workspace.outputEmbeddings, row: source)
        bias?.store(token, from: workspace.bias, row: source)
    }

    private func store(_ token: Int, from workspace: borrowing HyperOFAWorkspace, token source: Int) {
        if let coordinates {
            coordinates.store(token, from: workspace.coordinates, row: source)
            input.store(token, from: workspace.embeddings, row: source)
        } else {
            input.store(token, from: workspace.coordinates, row: source)
        }
    }

    /// Copies the rows of `token` to `other`, which is for the same hypernetwork.
    public func copy(_ token: Int, to other: GeneratedRows, token destination: Int) {
        for output in RowOutput.allCases {
            if let rows = self[output], let others = other[output] { rows.copy(token, to: others, row: destination) }
        }
    }

    /// Whether every number of `token` is finite.
    public func isFinite(_ token: Int) -> Bool {
        RowOutput.allCases.allSatisfy { output in
            self[output]?.withRow(token) { row in row.indices.allSatisfy { row[$0].isFinite } } ?? true
        }
    }
}
