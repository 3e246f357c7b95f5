import Tensors

/// What tells a plausible row from a collapsed, outsized or copied one, beside the table that it is to join.
public struct RowDiagnostics: Sendable, Equatable {
    /// The row's Euclidean norm.
    public let norm: Double
    /// To the mean norm of the base's valid rows.
    public let normRatio: Double
    /// The share of the valid rows whose norm is no larger, of 100.
    public let normPercentile: Double
    /// To the mean of the valid rows: near 1 when the row says nothing of its own. 0 where one of them is zero.
    public let cosineToMean: Float
    /// To the mean of the rows of the token's pieces; nil when it has none.
    public let cosineToPieces: Float?
    /// By centred cosine, the nearest first.
    public let nearest: [Neighbor]
    /// The first base row, valid or not, of exactly these bits.
    public let duplicateOf: Int32?

    /// How many nearest rows are told.
    public static let nearestCount = 5
}

extension BaseTable {
    /// Diagnoses some rows of `rows`.
    ///
    /// - Parameters:
    ///   - pieces: of each token in `indices`, base ids.
    ///   - pause: runs before every block of the search for the nearest rows.
    /// - Throws: `TrainingFreeError.rowOutOfRange` for a piece that is no base row.
    public func diagnostics(
        of rows: RowStorage, only indices: [Int], pieces: [[Int32]], pause: () -> Void
    ) throws(TrainingFreeError) -> [RowDiagnostics] {
        precondition(pieces.count == indices.count, "pieces for every token")
        for pieces in pieces { try check(pieces) }
        let nearest = nearestRows(to: rows, only: indices, count: RowDiagnostics.nearestCount, pause: pause)
        let statistics = statistics
        let pieceMean = RowStorage(rows: 1, columns: dimension)
        var diagnostics: [RowDiagnostics] = []
        for (token, index) in indices.enumerated() {
            let hasPieces = !pieces[token].isEmpty
            if hasPieces {
                let mean = try Combination.mean(of: pieces[token])
                mean.sum(mean.inputWeights, of: embeddings, into: pieceMean, at: 0)
            }
            diagnostics.append(
                rows.withRow(index) { row in
                    let norm = RowStatistics.norm(row)
                    return RowDiagnostics(
                        norm: norm, normRatio: statistics.meanNorm > 0 ? norm / statistics.meanNorm : 0,
                        normPercentile: statistics.normPercentile(norm),
                        cosineToMean: cosine(row, statistics.moments.mean.span),
                        cosineToPieces: hasPieces ? pieceMean.withRow(0) { cosine(row, $0) } : nil,
                        nearest: nearest[token], duplicateOf: firstRow(identicalTo: row, norm: norm))
                })
        }
        return diagnostics
    }

    /// The first base row that has the bits of `row`. Only rows of the same norm are read: equal bits give equal norms.
    private func firstRow(identicalTo row: Span<Float>, norm: Double) -> Int32? {
        let norms = statistics.norms
        var candidate = Matrix(rows: 1, columns: dimension)
        for id in norms.indices where norms[id] == norm {
            candidate.readRow(id, of: embeddings, to: 0)
            let isIdentical = candidate.withRow(0) { candidate in
                candidate.indices.allSatisfy { candidate[$0].bitPattern == row[$0].bitPattern }
            }
            if isIdentical { return Int32(id) }
        }
        return nil
    }
}

/// The cosine of two vectors of equal length, summed in float64; 0 where one of them is zero.
public func cosine(_ a: Span<Float>, _ b: Span<Float>) -> Float {
    var product = 0.0
    for index in a.indices { product += Double(a[index]) * Double(b[index]) }
    let norms = RowStatistics.norm(a) * RowStatistics.norm(b)
    return norms == 0 ? 0 : Float(product / norms)
}
