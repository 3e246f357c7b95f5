import Tensors

/// A donor row as a mixture of the shared donor rows nearest to it: mergekit's common_interpolation.
public struct NeighborInterpolation: Sendable, Hashable {
    public enum Metric: String, CaseIterable, Sendable {
        case euclidean
        case cosine
    }

    public enum Weighting: String, CaseIterable, Sendable {
        /// By 1 / distance, or by the cosine; normalised to sum 1.
        case distanceProportional = "distance_proportional"
        /// The nearest affine combination: weights sum to 1, some may be negative.
        case barycentric
        /// The nearest linear combination, and of several that of the smallest weights.
        case leastSquares = "least_squares"
    }

    /// How many rows are mixed at most.
    public let count: Int
    public let metric: Metric
    public let weighting: Weighting

    /// Distances below this count as this.
    private static let smallestDistance = 1e-6

    /// As tokensurgeon has it.
    public init() {
        count = 64
        metric = .euclidean
        weighting = .distanceProportional
    }

    /// - Throws: `DonorError.invalidCount`.
    public init(
        count: Int = 64, metric: Metric = .euclidean, weighting: Weighting = .distanceProportional
    ) throws(DonorError) {
        guard count >= 1 else { throw .invalidCount(count) }
        self.count = count
        self.metric = metric
        self.weighting = weighting
    }

    /// How to mix the base's rows for each of some donor rows, the nearest first and of equals the one of the lowest donor id.
    /// Its bits depend on the row alone.
    ///
    /// - Parameter pause: runs before every block of the table and for every row, and may end it all with an error.
    public func combinations<Failure>(
        of rows: [[Float]], from donor: DonorTable, pause: () throws(Failure) -> Void
    ) throws(Failure) -> [Result<Combination, DonorError>] {
        try donor.combinations(of: rows) { rows throws(Failure) in
            let nearest = try nearest(to: rows, of: donor, pause: pause)
            return try zip(rows, nearest).map { row, positions throws(Failure) in
                // A system of up to `count` + 1 equations: 256 neighbours take tens of milliseconds.
                try pause()
                return mix(positions, of: donor, for: row.map(Double.init))
            }
        }
    }

    /// Positions of the nearest shared rows.
    private func nearest<Failure>(
        to rows: [[Float]], of donor: DonorTable, pause: () throws(Failure) -> Void
    ) throws(Failure) -> [[Int]] {
        guard !rows.isEmpty else { return [] }
        let positions = Array(0..<Int32(donor.donorRows.count))
        var search = NearestRowSearch(Matrix(rows, columns: donor.dimension), count: min(count, positions.count))
        try donor.forEachBlock(pause: pause) { block, range in
            let norms = (0..<block.rows).map { block.withRow($0, RowStatistics.norm) }
            search.offer(block, ids: positions[range]) { product, row in
                switch metric {
                case .cosine: product * RowStatistics.inverse(norms[row])
                // ‖t‖² − ‖t − d‖², halved: it falls as the distance grows.
                case .euclidean: product - Float(norms[row] * norms[row] / 2)
                }
            }
        }
        return search.neighbors.map { $0.map { Int($0.id) } }
    }

    private func mix(_ positions: [Int], of donor: DonorTable, for row: [Double]) -> Result<Combination, DonorError> {
        let neighbors = positions.map(donor.row)
        let baseRows = positions.map { donor.baseRows[$0] }
        do throws(TrainingFreeError) {
            switch weighting {
            case .distanceProportional:
                let weights = neighbors.map { closeness($0, row) }
                return .success(try Combination.explicit(Array(zip(baseRows, weights).map { ($0, $1) })))
            case .barycentric: return try combination(baseRows, Self.barycentricWeights(neighbors, row))
            case .leastSquares: return try combination(baseRows, Self.leastSquaresWeights(neighbors, row))
            }
        } catch {
            return .failure(.unusableWeights(error))
        }
    }

    private func combination(
        _ rows: [Int32], _ weights: [Double]
    ) throws(TrainingFreeError) -> Result<Combination, DonorError> {
        if let index = weights.firstIndex(where: { !Float($0).isFinite }) { throw .weightNotFinite(index: index) }
        return .success(Combination(rows: rows, weights: weights.map { Float($0) }))
    }

    private func closeness(_ neighbor: [Double], _ row: [Double]) -> Double {
        switch metric {
        case .euclidean:
            let square = zip(neighbor, row).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            return 1 / max(square.squareRoot(), Self.smallestDistance)
        case .cosine: return product(neighbor, row) / (product(neighbor, neighbor) * product(row, row)).squareRoot()
        }
    }

    /// [P Pᵀ, 1; 1ᵀ, 0] [w; λ] = [P t; 1], the shortest solution where there are several.
    private static func barycentricWeights(_ neighbors: [[Double]], _ row: [Double]) -> [Double] {
        let size = neighbors.count + 1
        var system = [Double](repeating: 1, count: size * size)
        for a in neighbors.indices {
            for b in neighbors.indices { system[a * size + b] = product(neighbors[a], neighbors[b]) }
        }
        system[size * size - 1] = 0
        let solution = SingularValueDecomposition(system, rows: size, columns: size)
            .leastSquares(neighbors.map { product($0, row) } + [1])
        return Array(solution.dropLast())
    }

    /// ‖Pᵀ w − t‖ least.
    private static func leastSquaresWeights(_ neighbors: [[Double]], _ row: [Double]) -> [Double] {
        SingularValueDecomposition(neighbors.flatMap(\.self), rows: neighbors.count, columns: row.count)
            .transposed.leastSquares(row)
    }
}
