import Tensors

/// How the norms of a table's valid rows are spread.
public struct NormDistribution: Sendable, Equatable {
    public let mean: Double
    public let standardDeviation: Double
    public let minimum: Double
    public let maximum: Double
    /// How many norms are in each of equal parts of the way from the minimum to the maximum, which is in the last.
    public let counts: [Int]

    /// - Returns: nil for a table without valid rows.
    public init?(_ statistics: RowStatistics, bins: Int = 32) {
        let norms = statistics.sortedNorms
        guard let minimum = norms.first, let maximum = norms.last else { return nil }
        let mean = statistics.meanNorm
        let variance = norms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(norms.count)
        var counts = [Int](repeating: 0, count: bins)
        for norm in norms {
            let position = maximum > minimum ? (norm - minimum) / (maximum - minimum) : 0
            counts[min(Int(position * Double(bins)), bins - 1)] += 1
        }
        self.mean = mean
        standardDeviation = variance.squareRoot()
        self.minimum = minimum
        self.maximum = maximum
        self.counts = counts
    }
}
