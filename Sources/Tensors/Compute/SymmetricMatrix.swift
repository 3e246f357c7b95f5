import CKernels

/// A symmetric matrix that is summed up from blocks of rows, and factored or asked for its leading eigenvectors: what
/// sampling from a multivariate normal distribution and principal components need. Products run on the matrix kernel, sums
/// are float32.
///
/// Only the lower triangle is kept up to date.
public struct SymmetricMatrix: ~Copyable {
    public let size: Int
    private var elements: Matrix  // (size, size)
    private let kernels: Kernels

    /// How many columns are computed at a time: enough to keep the kernel busy, few enough that what is computed above the
    /// diagonal for nothing is little.
    private static let panelWidth = 64

    /// A matrix of zeros.
    public init(size: Int, kernels: Kernels = .best) {
        self.size = size
        elements = Matrix(rows: size, columns: size)
        self.kernels = kernels
    }

    /// Adds XᵀX for the rows X of `block`, (any, size).
    public mutating func addGram(of block: borrowing Matrix) {
        precondition(block.columns == size, "rows of another width")
        let transposed = block.transposed()
        var packed = PackedPanel(width: Self.panelWidth, depth: block.rows, kernels: kernels)
        var product = Matrix(columns: Self.panelWidth)
        for first in stride(from: 0, to: size, by: Self.panelWidth) {
            let width = min(Self.panelWidth, size - first)
            packed.pack(transposed, rows: first..<first + width)
            packed.multiply(transposed, rows: first..<size, into: &product)
            for row in first..<size {
                let sum = elements.mutablePointer(row: row, column: first, count: width)
                kernels.table.add(width, sum, product.pointer(row: row - first, count: width), sum)
            }
        }
    }

    /// Multiplies every element by `factor`.
    public mutating func scale(by factor: Float) {
        for row in 0..<size {
            let buffer = elements.mutableBuffer(row, column: 0, count: row + 1)
            for column in buffer.indices { buffer[column] *= factor }
        }
    }

    /// Adds both triangles to `sums`, (size, size) in row-major order: for more summands than float32 is exact enough for.
    public func add(to sums: inout [Double]) {
        precondition(sums.count == size * size, "sums of another size")
        for row in 0..<size {
            let buffer = elements.buffer(row, column: 0, count: row + 1)
            for column in 0..<row {
                sums[row * size + column] += Double(buffer[column])
                sums[column * size + row] += Double(buffer[column])
            }
            sums[row * size + row] += Double(buffer[row])
        }
    }

    /// Lends the elements of a row up to the diagonal's.
    func withLowerRow<Result>(_ row: Int, _ body: (Span<Float>) throws -> Result) rethrows -> Result {
        try body(elements.buffer(row, column: 0, count: row + 1).span)
    }

    /// The mean of the diagonal: for a covariance the mean variance.
    public var meanDiagonal: Float {
        var sum = 0.0
        for index in 0..<size { sum += Double(elements.buffer(index, column: index, count: 1)[0]) }
        return size == 0 ? 0 : Float(sum / Double(size))
    }

    /// The lower triangular L with L Lᵀ = self + `ridge` · I, zeros above the diagonal, of a positive semidefinite matrix; nil
    /// when float32's precision does not do for so small a ridge. (Pivots are no smaller than the ridge, exactly computed.)
    ///
    /// The left-looking blocked Cholesky factorisation (Golub and Van Loan, Matrix Computations, section 4.2): a panel of
    /// columns loses what the columns before it explain, its top block is factored by itself, and the rows below are solved
    /// for by multiplying with that factor's inverse.
    public func choleskyFactor(ridge: Float) -> Matrix? {
        var factor = Matrix(rows: size, columns: size)
        var packed = PackedPanel(width: Self.panelWidth, depth: size, kernels: kernels)
        var panel = Matrix(columns: Self.panelWidth)
        for first in stride(from: 0, to: size, by: Self.panelWidth) {
            let width = min(Self.panelWidth, size - first)
            packed.pack(factor, rows: first..<first + width, columns: first)
            packed.multiply(factor, rows: first..<size, into: &panel)
            for row in first..<size {
                let source = elements.buffer(row, column: first, count: width)
                let remainder = panel.mutableBuffer(row - first, column: 0, count: width)
                for column in 0..<width { remainder[column] = source[column] - remainder[column] }
                if row < first + width { remainder[row - first] += ridge }
            }
            let smallestPivot = Double(ridge) / 2
            guard let block = TriangularBlock(factoring: panel, size: width, smallestPivot: smallestPivot) else { return nil }
            for row in 0..<width {
                _ = factor.mutableBuffer(first + row, column: first, count: row + 1)
                    .update(fromContentsOf: block.factor[row * width..<row * width + row + 1].map(Float.init))
            }
            var inverse = Matrix(rows: width, columns: width)
            for row in 0..<width { inverse.setRow(row, to: block.inverse[row * width..<(row + 1) * width].map(Float.init)) }
            var solved = Matrix(columns: Self.panelWidth)
            packed.pack(inverse, rows: 0..<width)
            packed.multiply(panel, rows: width..<size - first, into: &solved)
            for row in first + width..<size {
                _ = factor.mutableBuffer(row, column: first, count: width)
                    .update(fromContentsOf: solved.buffer(row - first - width, column: 0, count: width))
            }
        }
        return factor
    }
}

/// A block on the diagonal: its Cholesky factor and the inverse of that, both lower triangular, in float64 and row-major order.
private struct TriangularBlock {
    private(set) var factor: [Double]
    private(set) var inverse: [Double]

    /// Factors the first `size` rows and columns of `matrix`; nil when a pivot is not above `smallestPivot`, or not finite.
    init?(factoring matrix: borrowing Matrix, size: Int, smallestPivot: Double) {
        factor = Array(repeating: 0, count: size * size)
        inverse = factor
        for row in 0..<size {
            let source = matrix.buffer(row, column: 0, count: size)
            for column in 0...row {
                var rest = Double(source[column])
                for k in 0..<column { rest -= factor[row * size + k] * factor[column * size + k] }
                if column < row {
                    factor[row * size + column] = rest / factor[column * size + column]
                } else {
                    guard rest > smallestPivot, rest.isFinite else { return nil }
                    factor[row * size + row] = rest.squareRoot()
                }
            }
        }
        for column in 0..<size {
            for row in column..<size {
                var rest = row == column ? 1.0 : 0.0
                for k in column..<row { rest -= factor[row * size + k] * inverse[k * size + column] }
                inverse[row * size + column] = rest / factor[row * size + row]
            }
        }
    }
}

/// A few rows of a matrix, packed as the right operand of the matrix kernel.
private struct PackedPanel: ~Copyable {
    private let kernels: Kernels
    private let capacity: Int
    private let storage: UnsafeMutableRawPointer
    private var width = 0
    private var depth = 0

    init(width: Int, depth: Int, kernels: Kernels) {
        self.kernels = kernels
        capacity = ck_packed_bytes(kernels.pointer, CK_FORMAT_FLOAT32, width, max(width, depth))
        storage = KernelMemory.allocate(byteCount: capacity)
    }

    deinit { storage.deallocate() }

    /// Packs the first `columns` columns of some rows of `matrix`; all of them by default.
    mutating func pack(_ matrix: borrowing Matrix, rows: Range<Int>, columns: Int? = nil) {
        width = rows.count
        depth = columns ?? matrix.columns
        precondition(rows.upperBound <= matrix.rows && depth <= matrix.columns, "rows or columns outside the matrix")
        precondition(ck_packed_bytes(kernels.pointer, CK_FORMAT_FLOAT32, width, depth) <= capacity, "a panel that is too large")
        _ = kernels.table.pack(
            CK_FORMAT_FLOAT32, 0, width, depth, matrix.pointer(row: rows.lowerBound), matrix.columns, storage)
    }

    /// The products of some rows of `matrix` with the packed rows: the leading columns of `product`, which gets as many rows.
    func multiply(_ matrix: borrowing Matrix, rows: Range<Int>, into product: inout Matrix) {
        precondition(rows.upperBound <= matrix.rows && depth <= matrix.columns, "rows or columns outside the matrix")
        precondition(width <= product.columns, "more products than columns")
        product.resize(rows: rows.count)
        kernels.table.gemm(
            CK_FORMAT_FLOAT32, rows.count, width, depth, matrix.pointer(row: rows.lowerBound), matrix.columns, storage, nil,
            CK_ACTIVATION_NONE, product.mutablePointer(), product.columns)
    }
}

extension Matrix {
    /// Columns as rows.
    fileprivate func transposed() -> Matrix {
        var result = Matrix(rows: columns, columns: rows)
        for row in 0..<rows {
            let source = buffer(row, column: 0, count: columns)
            let target = result.mutablePointer()
            for column in 0..<columns { target[column * rows + row] = source[column] }
        }
        return result
    }
}
