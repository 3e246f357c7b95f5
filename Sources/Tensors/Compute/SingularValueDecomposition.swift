/// The thin singular value decomposition A = U diag(s) Vᵀ of a small matrix in float64, by one-sided Jacobi rotations (Golub
/// and Van Loan, Matrix Computations, section 8.6): columns are turned in pairs until all are orthogonal, so that small values
/// keep their digits beside large ones.
///
/// Not finite where the matrix is not.
public struct SingularValueDecomposition: Sendable {
    /// Descending; as many as the shorter side has.
    public let values: [Double]
    /// U's columns, orthonormal even where the values are 0.
    public let left: [[Double]]
    /// V's columns, likewise.
    public let right: [[Double]]
    /// How many values are more than rounding: above the longer side times 2⁻⁵² of the largest.
    public let rank: Int

    /// Convergence is quadratic: ten sweeps are many.
    private static let maximumSweeps = 60

    /// - Parameter elements: (rows, columns), in row-major order.
    public init(_ elements: [Double], rows: Int, columns: Int) {
        precondition(rows >= 0 && columns >= 0 && elements.count == rows * columns, "elements that do not fill the matrix")
        let isTall = rows >= columns
        let (length, count) = isTall ? (rows, columns) : (columns, rows)
        // Divided by the largest element, so that squares neither overflow nor vanish.
        let largest = elements.reduce(0) { max($0, $1.magnitude) }
        let scale = largest > 0 ? largest : 1
        var images = [Double](repeating: 0, count: elements.count)
        for row in 0..<rows {
            for column in 0..<columns {
                let (vector, component) = isTall ? (column, row) : (row, column)
                images[vector * length + component] = elements[row * columns + column] / scale
            }
        }
        let (turned, axes) = Self.orthogonalize(DoubleRows(images, columns: length), count: count)
        let norms = (0..<count).map { turned.product($0, $0).squareRoot() }
        let order = (0..<count).sorted { norms[$0] > norms[$1] }
        let threshold = (norms.max() ?? 0) * Double(length) * .ulpOfOne
        let rank = norms.count { $0 > threshold }
        var imageDirections = order.prefix(rank).map { index in turned.row(index).map { $0 / norms[index] } }
        Self.complete(&imageDirections, to: count, length: length)
        let axisDirections = order.map(axes.row)
        values = order.map { norms[$0] * scale }
        left = isTall ? imageDirections : axisDirections
        right = isTall ? axisDirections : imageDirections
        self.rank = rank
    }

    private init(values: [Double], left: [[Double]], right: [[Double]], rank: Int) {
        self.values = values
        self.left = left
        self.right = right
        self.rank = rank
    }

    /// Of Aᵀ.
    public var transposed: SingularValueDecomposition {
        SingularValueDecomposition(values: values, left: right, right: left, rank: rank)
    }

    /// Turns `vectors` until every two of them are orthogonal; returns them with what has turned them.
    private static func orthogonalize(_ vectors: DoubleRows, count: Int) -> (DoubleRows, axes: DoubleRows) {
        var vectors = vectors
        var axes = DoubleRows.identity(count)
        let negligible = (0..<count).reduce(0) { $0 + vectors.product($1, $1) } * 1e-34
        for _ in 0..<maximumSweeps {
            var isOrthogonal = true
            for p in 0..<count {
                for q in p + 1..<max(count, p + 1) {
                    let (a, b, overlap) = (vectors.product(p, p), vectors.product(q, q), vectors.product(p, q))
                    guard min(a, b) > negligible, overlap.magnitude > 1e-15 * (a * b).squareRoot() else { continue }
                    isOrthogonal = false
                    let zeta = (b - a) / (2 * overlap)
                    let tangent = (zeta < 0 ? -1 : 1) / (zeta.magnitude + (1 + zeta * zeta).squareRoot())
                    let cosine = 1 / (1 + tangent * tangent).squareRoot()
                    vectors.rotate(p, q, cosine: cosine, sine: cosine * tangent)
                    axes.rotate(p, q, cosine: cosine, sine: cosine * tangent)
                }
            }
            if isOrthogonal { break }
        }
        return (vectors, axes)
    }

    /// Appends unit vectors orthogonal to those that are there: each time what is left of the unit axis that they cover least.
    private static func complete(_ directions: inout [[Double]], to count: Int, length: Int) {
        while directions.count < count {
            let covered = (0..<length).map { axis in directions.reduce(0) { $0 + $1[axis] * $1[axis] } }
            let axis = covered.indices.min { covered[$0] < covered[$1] } ?? 0
            var direction = [Double](repeating: 0, count: length)
            direction[axis] = 1
            for _ in 0..<2 {
                for other in directions {
                    let overlap = zip(direction, other).reduce(0) { $0 + $1.0 * $1.1 }
                    for index in direction.indices { direction[index] -= overlap * other[index] }
                }
            }
            let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
            directions.append(direction.map { $0 / norm })
        }
    }

    /// The x that makes ‖A x − target‖² + ridge · ‖x‖² least, and of several without a ridge the shortest.
    public func leastSquares(_ target: [Double], ridge: Double = 0) -> [Double] {
        precondition(left.first.map { $0.count == target.count } ?? true, "a target of another length")
        var solution = [Double](repeating: 0, count: right.first?.count ?? 0)
        for index in 0..<rank {
            // s / (s² + ridge), without the square, which can overflow.
            let divisor = values[index] + ridge / values[index]
            let factor = zip(left[index], target).reduce(0) { $0 + $1.0 * $1.1 } / divisor
            for (place, component) in right[index].enumerated() { solution[place] += factor * component }
        }
        return solution
    }
}
