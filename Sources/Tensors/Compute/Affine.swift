import CKernels

/// The element-wise map y = w · x + b over rows.
public struct Affine: Sendable {
    private let weight: [Float]
    private let bias: [Float]
    private let kernels: Kernels

    public init(weight: [Float], bias: [Float], kernels: Kernels = .best) {
        precondition(weight.count == bias.count, "scale and shift of different widths")
        self.weight = weight
        self.bias = bias
        self.kernels = kernels
    }

    /// Maps one row in place, from `column` on.
    public func apply(to matrix: inout Matrix, row: Int, column: Int = 0) {
        let values = matrix.mutablePointer(row: row, column: column, count: weight.count)
        kernels.table.affine(weight.count, values, weight, bias, values)
    }

    public func apply(to matrix: inout Matrix) {
        for row in 0..<matrix.rows { apply(to: &matrix, row: row) }
    }
}

extension Matrix {
    /// Adds `values` to one row.
    public mutating func add(_ values: [Float], toRow row: Int, kernels: Kernels = .best) {
        precondition(values.count == columns, "a row of another width")
        let target = mutablePointer(row: row, count: columns)
        kernels.table.add(columns, target, values, target)
    }

    /// Sets one row to the mean of some rows of another matrix, at least one, summed up in their order.
    public mutating func setRow(
        _ row: Int, toMeanOf sources: Range<Int>, of other: borrowing Matrix, kernels: Kernels = .best
    ) {
        precondition(!sources.isEmpty, "a mean of no rows")
        copyRow(sources.lowerBound, of: other, to: row)
        let mean = mutableBuffer(row, column: 0, count: columns)
        let target = mutablePointer(row: row, count: columns)
        for source in sources.dropFirst() {
            kernels.table.add(columns, target, other.pointer(row: source, count: columns), target)
        }
        for column in mean.indices { mean[column] /= Float(sources.count) }
    }
}
