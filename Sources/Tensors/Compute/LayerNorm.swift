import CKernels

/// y = (x − mean) / √(variance + ε) · γ + β over each row.
public struct LayerNorm: Sendable {
    private let gamma: [Float]
    private let beta: [Float]
    private let epsilon: Float
    private let kernels: Kernels

    public init(gamma: [Float], beta: [Float], epsilon: Float, kernels: Kernels = .best) {
        precondition(gamma.count == beta.count, "scale and shift of different widths")
        self.gamma = gamma
        self.beta = beta
        self.epsilon = epsilon
        self.kernels = kernels
    }

    /// Normalises every row in place.
    public func apply(to rows: inout Matrix) {
        apply(rows: rows.rows, columns: rows.columns, to: rows.mutablePointer(), residual: nil)
    }

    /// Normalises every row of `rows + residual` in place.
    public func apply(to rows: inout Matrix, addingResidual residual: borrowing Matrix) {
        precondition(residual.rows == rows.rows && residual.columns == rows.columns, "a residual of another shape")
        apply(rows: rows.rows, columns: rows.columns, to: rows.mutablePointer(), residual: residual.pointer())
    }

    private func apply(rows: Int, columns: Int, to values: UnsafeMutablePointer<Float>, residual: UnsafePointer<Float>?) {
        precondition(columns == gamma.count, "rows of another width")
        kernels.table.layer_norm(
            rows, columns, values, columns, residual, columns, gamma, beta, epsilon, values, columns)
    }
}
