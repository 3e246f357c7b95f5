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

    public init(count: Int, dimension: Int, hasOutput: Bool, hasBias: Bool) {
        input = RowStorage(rows: count, columns: dimension)
        output = hasOutput ? RowStorage(rows: count, columns: dimension) : nil
        bias = hasBias ? RowStorage(rows: count, columns: 1) : nil
    }

    /// Room for what a hypernetwork predicts.
    public init(count: Int, configuration: ZeTTConfiguration) {
        self.init(
            count: count, dimension: configuration.embeddingSize, hasOutput: configuration.hasSeparateOutputEmbeddings,
            hasBias: configuration.predictsBias)
    }

    /// Bytes that one token takes.
    public static func bytes(_ configuration: ZeTTConfiguration) -> Int {
        let matrices = configuration.hasSeparateOutputEmbeddings ? 2 : 1
        return 4 * (matrices * configuration.embeddingSize + (configuration.predictsBias ? 1 : 0))
    }

    /// Tokens that there is room for.
    public var count: Int { input.rows }

    /// Width of one row.
    public var dimension: Int { input.columns }

    /// Copies what the last forward pass in `workspace` has predicted for its token `source`.
    public func store(_ token: Int, from workspace: borrowing ZeTTWorkspace, token source: Int) {
        input.store(token, from: workspace.inputEmbeddings, row: source)
        output?.store(token, from: workspace.outputEmbeddings, row: source)
        bias?.store(token, from: workspace.bias, row: source)
    }

    /// Copies the rows of `token` to `other`, which is for the same hypernetwork.
    public func copy(_ token: Int, to other: GeneratedRows, token destination: Int) {
        input.copy(token, to: other.input, row: destination)
        if let output, let destinationRows = other.output { output.copy(token, to: destinationRows, row: destination) }
        if let bias, let destinationRows = other.bias { bias.copy(token, to: destinationRows, row: destination) }
    }

    /// Whether every number of `token` is finite.
    public func isFinite(_ token: Int) -> Bool {
        Self.isFinite(input, token) && output.map { Self.isFinite($0, token) } ?? true
            && bias.map { Self.isFinite($0, token) } ?? true
    }

    private static func isFinite(_ rows: RowStorage, _ token: Int) -> Bool {
        rows.withRow(token) { row in row.indices.allSatisfy { row[$0].isFinite } }
    }
}
