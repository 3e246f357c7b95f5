import Tensors

/// A base row near a new one.
public struct Neighbor: Sendable, Equatable {
    public let id: Int32
    /// Cosine of the two rows after the base's mean is taken off both; 0 where one of them is the mean.
    public let cosine: Float
}

extension BaseTable {
    /// The valid base rows nearest to some rows of `rows`, by centred cosine, the nearest first and of equals the lowest id. A
    /// row that is not finite has none.
    ///
    /// The whole table goes through the matrix kernel, a block of rows at a time against all tokens.
    ///
    /// - Parameter pause: runs before every block.
    public func nearestRows(
        to rows: RowStorage, only indices: [Int], count: Int, pause: () -> Void
    ) -> [[Neighbor]] {
        precondition(rows.columns == dimension, "rows of another width")
        guard !indices.isEmpty else { return [] }
        let directions = Linear(weight: centredDirections(of: rows, indices), bias: Array(repeating: 0, count: indices.count))
        let validRows = statistics.validRows
        let inverseNorms = inverseCentredNorms
        var products = Matrix(columns: indices.count)
        var nearest = indices.map { _ in NearestRows(capacity: count) }
        forEachCentredBlock(pause: pause) { block, positions in
            directions.apply(to: block, output: &products)
            for (row, position) in positions.enumerated() {
                products.withRow(row) { products in
                    for token in products.indices {
                        nearest[token].offer(validRows[position], cosine: products[token] * inverseNorms[position])
                    }
                }
            }
        }
        return nearest.map(\.neighbors)
    }

    /// Rows less the base's mean, at length 1.
    private func centredDirections(of rows: RowStorage, _ indices: [Int]) -> Matrix {
        let mean = statistics.moments.mean
        var directions = Matrix(rows: indices.count, columns: dimension)
        for (token, index) in indices.enumerated() {
            rows.withRow(index) { row in
                let centred = mean.indices.map { row[$0] - mean[$0] }
                let inverseNorm = RowStatistics.inverse(RowStatistics.norm(centred.span))
                directions.setRow(token, to: centred.map { $0 * inverseNorm })
            }
        }
        return directions
    }
}

/// The best of the rows offered so far.
private struct NearestRows {
    private(set) var neighbors: [Neighbor] = []
    private let capacity: Int
    /// What an offer has to beat.
    private var threshold = -Float.infinity

    init(capacity: Int) { self.capacity = capacity }

    mutating func offer(_ id: Int32, cosine: Float) {
        guard cosine > threshold else { return }
        let place = neighbors.firstIndex { $0.cosine < cosine } ?? neighbors.count
        neighbors.insert(Neighbor(id: id, cosine: cosine), at: place)
        if neighbors.count > capacity { neighbors.removeLast() }
        if neighbors.count == capacity, let last = neighbors.last { threshold = last.cosine }
    }
}
