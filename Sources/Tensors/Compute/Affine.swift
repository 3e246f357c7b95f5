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
}
