import Tensors

/// What happens to the length of a generated row. A mean of n rows that are nearly orthogonal is about 1/√n as long as they
/// are, which a model may take for a rare token.
public enum NormPolicy: String, CaseIterable, Sendable {
    /// Rows stay as their method makes them.
    case none
    /// Rows get the mean norm of the base's valid rows.
    case matchMean = "match_mean"
    /// Rows get the mean norm of their nearest valid base rows by centred cosine.
    case matchNeighbors = "match_neighbors"
    /// Norms outside the 1 % and 99 % quantiles of the base's valid rows are brought to the nearer of the two.
    case clip

    /// How many rows `matchNeighbors` takes the mean of.
    public static let neighborCount = 5

    /// Scales some rows in place, input and output rows each by their own table. Biases stay, and so do rows that have no norm
    /// to scale: zeros, and what is not finite.
    ///
    /// - Parameters:
    ///   - generator: made with the base that the rows are for.
    ///   - pause: runs before every block of the search for the nearest rows, and may end it with an error.
    /// - Returns: what each of `indices` was multiplied by.
    public func apply<Failure>(
        to rows: GeneratedRows, only indices: [Int], of generator: TrainingFreeGenerator, pause: () throws(Failure) -> Void
    ) throws(Failure) -> [NormFactors] {
        let input = try apply(to: rows.input, indices, of: generator.input, pause: pause)
        let output = try rows.output.map { rows throws(Failure) in
            try apply(to: rows, indices, of: generator.output, pause: pause)
        }
        return indices.indices.map { NormFactors(input: input[$0], output: output?[$0]) }
    }

    private func apply<Failure>(
        to rows: RowStorage, _ indices: [Int], of table: BaseTable, pause: () throws(Failure) -> Void
    ) throws(Failure) -> [Float] {
        let norms = indices.map { rows.withRow($0, RowStatistics.norm) }
        let factors = zip(norms, try targets(norms, rows, indices, table, pause: pause)).map { norm, target in
            norm > 0 && norm.isFinite && target > 0 && target != norm ? Float(target / norm) : 1
        }
        for (index, factor) in zip(indices, factors) where factor != 1 {
            rows.withMutableRow(index) { row in
                for column in row.indices { row[column] *= factor }
            }
        }
        return factors
    }

    /// The norms that rows of `norms` should have; 0 where the table has no rows to tell.
    private func targets<Failure>(
        _ norms: [Double], _ rows: RowStorage, _ indices: [Int], _ table: BaseTable, pause: () throws(Failure) -> Void
    ) throws(Failure) -> [Double] {
        switch self {
        case .none: return norms
        case .matchMean:
            let mean = table.statistics.meanNorm
            return norms.map { _ in mean }
        case .matchNeighbors:
            let baseNorms = table.statistics.norms
            return try table.nearestRows(to: rows, only: indices, count: Self.neighborCount, pause: pause).map { neighbors in
                neighbors.reduce(0) { $0 + baseNorms[Int($1.id)] } / Double(max(neighbors.count, 1))
            }
        case .clip:
            let statistics = table.statistics
            let (low, high) = (statistics.normQuantile(0.01), statistics.normQuantile(0.99))
            return norms.map { min(max($0, low), high) }
        }
    }
}

/// What a norm policy multiplied a token's rows by; 1 where it left them alone.
public struct NormFactors: Sendable, Equatable {
    public let input: Float
    /// nil when there are no output rows.
    public let output: Float?

    public init(input: Float, output: Float?) {
        self.input = input
        self.output = output
    }
}
