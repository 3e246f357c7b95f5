import Tensors

/// The best approximation of a matrix by one of a lower rank: E ≈ F P with F = U_k (rows, k) and P = Σ_k V_kᵀ (k, columns), of
/// the decomposition E = U Σ Vᵀ.
///
/// The matrix has many rows, and columns few enough for EᵀE: one reading gives that, its eigenvectors are V. It takes rows ·
/// columns² operations whatever the spectrum, where iterations over the matrix take dozens of readings for one that is flat.
/// The price is paid where values are small: columns of U whose values are σ and τ are orthogonal to about 1e-8 · σ₁² / (σ τ),
/// while F P is as good as float32 has it.
public struct TruncatedDecomposition: Sendable {
    private let matrix: MappedTensor
    /// The largest singular values, descending; 0 for those that are rounding.
    public let values: [Float]
    /// V's columns, the sign such that the component of the largest magnitude, the first of equals, is positive; zeros where
    /// the value is 0.
    public let directions: [[Float]]

    /// Singular values below this part of the largest are what float32 products leave of nothing.
    private static let rounding = 1e-6
    /// Rows that are summed up in float32 before they are added in float64.
    private static let partRows = 8 * RowBlocks.rows

    /// - Parameters:
    ///   - matrix: of 16- or 32-bit floats.
    ///   - rank: k; with all columns nothing is lost.
    ///   - progress: is told rows, twice as many as there are.
    /// - Throws: `FactorizationError.unreadable`, `.invalidRank`, `.notAMatrix`, `.notFinite` or `.tooLarge`.
    public init(of matrix: MappedTensor, rank: Int, progress: (Int) -> Void) throws(FactorizationError) {
        guard matrix.shape.count == 2 else { throw .notAMatrix(key: matrix.key, shape: matrix.shape) }
        do throws(TensorFileError) {
            _ = try matrix.expectingFloats()
        } catch {
            throw .unreadable(error)
        }
        let limit = min(matrix.rowCount, matrix.rowWidth)
        guard rank >= 1, rank <= limit else { throw .invalidRank(rank, limit: limit) }
        let eigensystem = SymmetricEigensystem(try Self.gram(of: matrix, progress: progress), size: matrix.rowWidth)
        let directions = (0..<rank).map { eigensystem.vector($0).map { Float($0) } }
        // Eigenvalues are squares, with half the digits: the lengths of E v are exact to float32.
        var squares = [Double](repeating: 0, count: rank)
        Self.forEachProduct(of: matrix, with: directions, progress: progress) { products, _ in
            for row in 0..<products.rows {
                products.withRow(row) { products in
                    for index in products.indices { squares[index] += Double(products[index]) * Double(products[index]) }
                }
            }
        }
        let threshold = (squares.max() ?? 0).squareRoot() * Self.rounding
        let values = squares.map { $0.squareRoot() }.map { $0 > threshold ? $0 : 0 }
        let order = values.indices.sorted { values[$0] > values[$1] }
        self.matrix = matrix
        self.values = order.map { Float(values[$0]) }
        self.directions = order.map { values[$0] > 0 ? directions[$0] : Array(repeating: 0, count: matrix.rowWidth) }
    }

    /// EᵀE, both triangles.
    private static func gram(of matrix: MappedTensor, progress: (Int) -> Void) throws(FactorizationError) -> [Double] {
        let size = matrix.rowWidth
        var gram = [Double](repeating: 0, count: size * size)
        var block = Matrix(columns: size)
        for first in stride(from: 0, to: matrix.rowCount, by: partRows) {
            var part = SymmetricMatrix(size: size)
            let end = min(first + partRows, matrix.rowCount)
            for start in stride(from: first, to: end, by: RowBlocks.rows) {
                let rows = start..<min(start + RowBlocks.rows, end)
                block.read(rows, of: matrix)
                for row in 0..<rows.count where !block.withRow(row, RowStatistics.norm).isFinite {
                    throw .notFinite(key: matrix.key, file: matrix.path, row: start + row)
                }
                part.addGram(of: block)
                progress(rows.count)
            }
            part.add(to: &gram)
        }
        guard gram.allSatisfy(\.isFinite) else { throw .tooLarge(key: matrix.key, file: matrix.path) }
        return gram
    }

    /// Lends the rows of U_k, a block at a time in order.
    func forEachCoordinateBlock(
        progress: (Int) -> Void, _ body: (borrowing Matrix, Range<Int>) throws(TensorFileError) -> Void
    ) throws(TensorFileError) {
        let scaled = zip(directions, values).map { direction, value in direction.map { value > 0 ? $0 / value : 0 } }
        try Self.forEachProduct(of: matrix, with: scaled, progress: progress, body)
    }

    /// P, in row-major order.
    var primitives: [Float] { zip(directions, values).flatMap { direction, value in direction.map { $0 * value } } }

    /// Lends the products of the matrix's rows with some vectors, a block of rows at a time.
    private static func forEachProduct<Failure>(
        of matrix: MappedTensor, with vectors: [[Float]], progress: (Int) -> Void,
        _ body: (borrowing Matrix, Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        let layer = Linear(weight: Matrix(vectors, columns: matrix.rowWidth), bias: Array(repeating: 0, count: vectors.count))
        var block = Matrix(columns: matrix.rowWidth)
        var products = Matrix(columns: vectors.count)
        for first in stride(from: 0, to: matrix.rowCount, by: RowBlocks.rows) {
            let rows = first..<min(first + RowBlocks.rows, matrix.rowCount)
            block.read(rows, of: matrix)
            layer.apply(to: block, output: &products)
            try body(products, rows)
            progress(rows.count)
        }
    }
}

extension Matrix {
    /// Widens consecutive rows of a mapped tensor.
    fileprivate mutating func read(_ range: Range<Int>, of tensor: MappedTensor) {
        resize(rows: range.count)
        for row in range { readRow(row, of: tensor, to: row - range.lowerBound) }
    }
}
