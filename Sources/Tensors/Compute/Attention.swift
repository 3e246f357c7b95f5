import CKernels

/// Multi-head attention within one sequence of rows: softmax(q kᵀ / √headSize) v for each head.
public struct Attention: Sendable {
    public let heads: Int
    public let headSize: Int
    private let scale: Float
    private let kernels: Kernels

    /// - Parameter scale: what scores are multiplied by; 1 / √headSize if nil.
    public init(heads: Int, headSize: Int, scale: Float? = nil, kernels: Kernels = .best) {
        self.heads = heads
        self.headSize = headSize
        self.scale = scale ?? 1 / Float(headSize).squareRoot()
        self.kernels = kernels
    }

    /// Width of the queries, of the keys and of the values.
    public var width: Int { heads * headSize }

    /// Attends from `queryRows` to the sequence in `sequenceRows`.
    ///
    /// - Parameters:
    ///   - queries: query rows in its first `width` columns.
    ///   - keysAndValues: keys from column `keyColumn` on, values from column `valueColumn` on.
    ///   - output: rows `queryRows` of it are written.
    public func apply(
        queries: borrowing Matrix, queryRows: Range<Int>, keysAndValues: borrowing Matrix, keyColumn: Int,
        valueColumn: Int, sequenceRows: Range<Int>, output: inout Matrix
    ) {
        precondition(queries.columns >= width && output.columns == width, "matrices of other widths")
        precondition(keyColumn >= 0 && keysAndValues.columns - keyColumn >= width, "keys of another width")
        precondition(valueColumn >= 0 && keysAndValues.columns - valueColumn >= width, "values of another width")
        precondition(queryRows.upperBound <= min(queries.rows, output.rows), "queries outside the matrix")
        precondition(sequenceRows.upperBound <= keysAndValues.rows, "rows outside the matrix")
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(sequenceRows.count, 1)) { buffer in
            guard let scores = buffer.baseAddress else { return }
            let first = sequenceRows.lowerBound
            kernels.table.attention(
                queryRows.count, sequenceRows.count, heads, headSize, scale,
                queries.pointer(row: queryRows.lowerBound), queries.columns,
                keysAndValues.pointer(row: first, column: keyColumn), keysAndValues.columns,
                keysAndValues.pointer(row: first, column: valueColumn), keysAndValues.columns,
                scores, output.mutablePointer(row: queryRows.lowerBound), output.columns)
        }
    }
}
