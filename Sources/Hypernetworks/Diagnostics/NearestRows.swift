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
    /// - Parameter pause: runs before every block, and may end the search with an error.
    public func nearestRows<Failure>(
        to rows: RowStorage, only indices: [Int], count: Int, pause: () throws(Failure) -> Void
    ) throws(Failure) -> [[Neighbor]] {
        precondition(rows.columns == dimension, "rows of another width")
        guard !indices.isEmpty else { return [] }
        let validRows = statistics.validRows
        let inverseNorms = inverseCentredNorms
        var search = NearestRowSearch(centredDirections(of: rows, indices), count: count)
        try forEachCentredBlock(pause: pause) { block, positions in
            search.offer(block, ids: validRows[positions]) { $0 * inverseNorms[positions.lowerBound + $1] }
        }
        return search.neighbors.map { $0.map { Neighbor(id: $0.id, cosine: $0.score) } }
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
