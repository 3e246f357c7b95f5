/// All eigenvalues and eigenvectors of a symmetric matrix in float64: Householder's reduction to a tridiagonal matrix, then
/// implicit QL steps (Golub and Van Loan, Matrix Computations, section 8.3). It takes about ten times n³ operations, whatever
/// the spectrum: nearly equal eigenvalues cost no more than others.
///
/// Not finite where the matrix is not.
public struct SymmetricEigensystem: Sendable {
    /// Descending.
    public let values: [Double]
    private let vectors: DoubleRows
    private let order: [Int]

    /// QL takes fewer than two steps for an eigenvalue on average.
    private static let maximumSteps = 60

    /// - Parameter elements: (size, size), both triangles.
    public init(_ elements: [Double], size: Int) {
        precondition(size >= 0 && elements.count == size * size, "elements that do not fill the matrix")
        var matrix = Tridiagonal(reducing: DoubleRows(elements, columns: size))
        Self.diagonalize(&matrix)
        let diagonal = matrix.diagonal
        order = diagonal.indices.sorted { diagonal[$0] > diagonal[$1] }
        values = order.map { diagonal[$0] }
        vectors = matrix.basis
    }

    /// The eigenvector of `values[index]`, of length 1. Its component of the largest magnitude, the first of equals, is
    /// positive.
    public func vector(_ index: Int) -> [Double] {
        Self.oriented(vectors.row(order[index]))
    }

    /// An eigenvector with the sign that all have.
    static func oriented(_ vector: [Double]) -> [Double] {
        let largest = vector.max { $0.magnitude < $1.magnitude } ?? 0
        return largest < 0 ? vector.map { -$0 } : vector
    }

    /// Chases every off-diagonal element away, turning the basis along.
    private static func diagonalize(_ matrix: inout Tridiagonal) {
        let size = matrix.diagonal.count
        for first in 0..<size {
            for _ in 0..<maximumSteps {
                let last = matrix.endOfBlock(from: first)
                if last == first { break }
                matrix.step(first, last)
            }
        }
    }
}

/// A = Qᵀ T Q with T tridiagonal and the rows of Q in `basis`.
private struct Tridiagonal {
    var diagonal: [Double]
    /// Element i stands beside the diagonal's i and i + 1; the last one is unused.
    var offDiagonal: [Double]
    var basis: DoubleRows

    /// Reflects one column after the other onto its element beside the diagonal.
    init(reducing matrix: DoubleRows) {
        var matrix = matrix
        let size = matrix.columns
        diagonal = Array(repeating: 0, count: size)
        offDiagonal = diagonal
        var reflections: [(vector: [Double], factor: Double)] = []
        for column in 0..<size {
            diagonal[column] = matrix[column, column]
            guard column + 1 < size else { break }
            let reflection = Self.reflection(of: matrix.withRow(column, from: column + 1) { Array($0) })
            offDiagonal[column] = reflection.image
            reflections.append((reflection.vector, reflection.factor))
            if reflection.factor != 0 { Self.apply(reflection.vector, reflection.factor, to: &matrix, from: column + 1) }
        }
        // The product of all reflections, the last ones first: each then touches only rows that those before it have.
        basis = .identity(size)
        for column in reflections.indices.reversed() {
            let (vector, factor) = reflections[column]
            guard factor != 0 else { continue }
            vector.withUnsafeBufferPointer { vector in
                for row in column + 1..<size {
                    basis.withMutableRow(row, from: column + 1) { elements in
                        let overlap = DoubleVectors.product(UnsafeBufferPointer(elements), vector)
                        DoubleVectors.add(-factor * overlap, vector, to: elements)
                    }
                }
            }
        }
    }

    /// H = I − factor · v vᵀ with H x = (image, 0, 0, …).
    private static func reflection(of x: [Double]) -> (vector: [Double], factor: Double, image: Double) {
        let tail = x.dropFirst().reduce(0) { $0 + $1 * $1 }
        guard tail > 0 else { return (x, 0, x[0]) }
        let norm = (x[0] * x[0] + tail).squareRoot()
        let image = x[0] > 0 ? -norm : norm
        var vector = x
        vector[0] -= image
        return (vector, 2 / (vector[0] * vector[0] + tail), image)
    }

    /// A becomes H A H in its rows and columns from `first` on: A − v wᵀ − w vᵀ.
    private static func apply(_ vector: [Double], _ factor: Double, to matrix: inout DoubleRows, from first: Int) {
        vector.withUnsafeBufferPointer { v in
            var w = (0..<v.count).map { row in
                factor * matrix.withRow(first + row, from: first) { DoubleVectors.product($0, v) }
            }
            let half = w.withUnsafeBufferPointer { factor / 2 * DoubleVectors.product($0, v) }
            w.withUnsafeMutableBufferPointer { DoubleVectors.add(-half, v, to: $0) }
            w.withUnsafeBufferPointer { w in
                for row in 0..<v.count {
                    matrix.withMutableRow(first + row, from: first) { elements in
                        let (a, b) = (v[row], w[row])
                        for column in elements.indices { elements[column] -= a * w[column] + b * v[column] }
                    }
                }
            }
        }
    }

    /// The last row of the block that begins at `first`: where the element beside the diagonal is as good as 0.
    func endOfBlock(from first: Int) -> Int {
        var last = first
        while last + 1 < diagonal.count {
            let scale = diagonal[last].magnitude + diagonal[last + 1].magnitude
            if offDiagonal[last].magnitude <= .ulpOfOne * scale { break }
            last += 1
        }
        return last
    }

    /// One QL step with Wilkinson's shift on the block from `first` to `last`.
    mutating func step(_ first: Int, _ last: Int) {
        let slope = (diagonal[first + 1] - diagonal[first]) / (2 * offDiagonal[first])
        let root = (slope * slope + 1).squareRoot()
        var bulge = diagonal[last] - diagonal[first] + offDiagonal[first] / (slope + (slope < 0 ? -root : root))
        var (sine, cosine, shift) = (1.0, 1.0, 0.0)
        for row in (first..<last).reversed() {
            let (f, b) = (sine * offDiagonal[row], cosine * offDiagonal[row])
            let length = (f * f + bulge * bulge).squareRoot()
            offDiagonal[row + 1] = length
            guard length != 0 else {
                // The block has fallen in two.
                diagonal[row + 1] -= shift
                offDiagonal[last] = 0
                return
            }
            sine = f / length
            cosine = bulge / length
            let rest = diagonal[row + 1] - shift
            let change = (diagonal[row] - rest) * sine + 2 * cosine * b
            shift = sine * change
            diagonal[row + 1] = rest + shift
            bulge = cosine * change - b
            basis.rotate(row, row + 1, cosine: cosine, sine: sine)
        }
        diagonal[first] -= shift
        offDiagonal[first] = bulge
        offDiagonal[last] = 0
    }
}
