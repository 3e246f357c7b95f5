import CKernels

/// Multi-head attention within one sequence of rows: softmax(q kᵀ / √headSize) v for each head.
public struct Attention: Sendable {
    public let heads: Int
    public let headSize: Int
    private let scale: Float
    private let kernels: Kernels

    public init(heads: Int, headSize: Int, kernels: Kernels = .best) {
        self.heads = heads
        self.headSize = headSize
        scale = 1 / Float(headSize).squareRoot()
        self.kernels = kernels
    }

    /// Width of the queries, of the keys and of the values.
    public var width: Int { heads * headSize }

    /// Attends from `queryRows` to the sequence in `sequenceRows`.
    ///
    /// - Parameters:
    ///   - queries: query rows in its first `width` columns.
    ///   - keysAndValues: keys from column `keyColumn` on, values directly behind them.
    ///   - output: rows `queryRows` of it are written.
    public func apply(
        queries: borrowing Matrix, queryRows: Range<Int>, keysAndValues: borrowing Matrix, keyColumn: Int,
        sequenceRows: Range<Int>, output: inout Matrix
    ) {
        precondition(queries.columns >= width && output.columns == width, "matrices of other widths")
        precondition(keyColumn >= 0 && keysAndValues.columns - keyColumn >= 2 * width, "keys and values of other widths")
        precondition(queryRows.upperBound <= min(queries.rows, output.rows), "queries outside the matrix")
        precondition(sequenceRows.upperBound <= keysAndValues.rows, "rows outside the matrix")
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(sequenceRows.count, 1)) { buffer in
            guard let scores = buffer.baseAddress else { return }
            let first = sequenceRows.lowerBound
            kernels.table.attention(
                queryRows.count, sequenceRows.count, heads, headSize, scale,
                queries.pointer(row: queryRows.lowerBound), queries.columns,
                keysAndValues.pointer(row: first, column: keyColumn), keysAndValues.columns,
                keysAndValues.pointer(row: first, column: keyColumn + width), keysAndValues.columns,
                scores, output.mutablePointer(row: queryRows.lowerBound), output.columns)
        }
    }
}
