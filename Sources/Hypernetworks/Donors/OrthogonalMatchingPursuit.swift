import Tensors

/// A donor row as a sparse sum of shared donor rows, its atoms: each step takes the atom whose product with what is left is of
/// the largest magnitude, and fits all taken ones anew (Pati, Rezaiifar and Krishnaprasad 1993), as mergekit's tokensurgeon has
/// it. Atoms are neither normalised nor centred. Weights can be of both signs and any size: see `Combination.weightMagnitude`.
public struct OrthogonalMatchingPursuit: Sendable, Hashable {
    /// How many atoms are taken at most.
    public let atoms: Int
    /// What may be left of a row, relative to its norm.
    public let tolerance: Double

    /// Of the atoms' mean squared norm, added to the diagonal where their weights are solved for: it bounds what nearly
    /// dependent atoms can get.
    private static let ridge = 1e-6

    /// As tokensurgeon has it.
    public init() {
        atoms = 64
        tolerance = 1e-6
    }

    /// - Throws: `DonorError.invalidCount`.
    public init(atoms: Int, tolerance: Double = 1e-6) throws(DonorError) {
        guard atoms >= 1 else { throw .invalidCount(atoms) }
        self.atoms = atoms
        self.tolerance = tolerance
    }

    /// - Throws: `DonorError.tooNarrow` for a donor whose rows do not have four dimensions for each atom.
    public func check(_ donor: DonorTable) throws(DonorError) {
        // Compared this way round, as four times any count could overflow.
        guard donor.dimension / 4 >= atoms else { throw .tooNarrow(dimension: donor.dimension, atoms: atoms) }
    }

    /// How to mix the base's rows for each of some donor rows, the first atom first. Its bits depend on the row alone.
    ///
    /// - Parameter pause: runs before every block of the table, which is read once for each atom.
    /// - Throws: `DonorError.tooNarrow`.
    public func combinations(
        of rows: [[Float]], from donor: DonorTable, pause: () -> Void
    ) throws(DonorError) -> [Result<Combination, DonorError>] {
        try check(donor)
        return donor.combinations(of: rows) { rows in
            var pursuits = rows.map { Pursuit($0.map(Double.init)) }
            for _ in 0..<min(atoms, donor.donorRows.count) {
                let unfinished = pursuits.indices.filter { pursuits[$0].remainder > tolerance }
                if unfinished.isEmpty { break }
                let best = Self.bestAtoms(for: unfinished.map { pursuits[$0] }, of: donor, pause: pause)
                for (index, position) in zip(unfinished, best) {
                    if let position { pursuits[index].take(donor.row(position), at: position) } else { pursuits[index].end() }
                }
            }
            return pursuits.map { pursuit in combination(of: pursuit, donor) }
        }
    }

    /// The position of the atom that each pursuit takes next: of equals the first.
    private static func bestAtoms(for pursuits: [Pursuit], of donor: DonorTable, pause: () -> Void) -> [Int?] {
        let residuals = Linear(
            weight: Matrix(pursuits.map(\.direction), columns: donor.dimension),
            bias: Array(repeating: 0, count: pursuits.count))
        var products = Matrix(columns: pursuits.count)
        var best: [(position: Int?, magnitude: Float)] = pursuits.map { _ in (nil, 0) }
        donor.forEachBlock(pause: pause) { block, positions in
            residuals.apply(to: block, output: &products)
            for (row, position) in positions.enumerated() {
                products.withRow(row) { products in
                    for index in products.indices where products[index].magnitude > best[index].magnitude {
                        if !pursuits[index].taken.contains(position) { best[index] = (position, products[index].magnitude) }
                    }
                }
            }
        }
        return best.map(\.position)
    }

    private func combination(of pursuit: Pursuit, _ donor: DonorTable) -> Result<Combination, DonorError> {
        let weights = pursuit.weights(ridge: Self.ridge).map { Float($0) }
        guard !weights.isEmpty else { return .failure(.noDirection) }
        if let index = weights.firstIndex(where: { !$0.isFinite }) {
            return .failure(.unusableWeights(.weightNotFinite(index: index)))
        }
        return .success(Combination(rows: pursuit.taken.map { donor.baseRows[$0] }, weights: weights))
    }
}

/// The way to one row. A = Q R for the taken atoms A, extended by a column at a time.
private struct Pursuit {
    private let target: [Double]
    private let norm: Double
    private var residual: [Double]
    private(set) var taken: [Int] = []
    /// Q's columns.
    private var basis: [[Double]] = []
    /// R's columns, each as long as the diagonal's place.
    private var triangle: [[Double]] = []
    private var hasEnded = false

    init(_ target: [Double]) {
        self.target = target
        norm = product(target, target).squareRoot()
        residual = target
    }

    /// What is left of the row, relative to its norm; 0 when no atom gets it any nearer.
    var remainder: Double { hasEnded ? 0 : product(residual, residual).squareRoot() / norm }

    /// The residual at length 1.
    var direction: [Float] {
        let length = product(residual, residual).squareRoot()
        return residual.map { Float($0 / length) }
    }

    mutating func end() { hasEnded = true }

    /// Adds an atom by Gram and Schmidt, twice, as once leaves Q less orthogonal the less new the atom brings.
    mutating func take(_ atom: [Double], at position: Int) {
        var rest = atom
        var column = [Double](repeating: 0, count: basis.count)
        for _ in 0..<2 {
            for (index, direction) in basis.enumerated() {
                let overlap = product(rest, direction)
                column[index] += overlap
                subtract(overlap, direction, from: &rest)
            }
        }
        let length = product(rest, rest).squareRoot()
        // In the span of the others but for rounding: and this was the best that there is.
        guard length > 1e-10 * product(atom, atom).squareRoot() else { return end() }
        let direction = rest.map { $0 / length }
        taken.append(position)
        basis.append(direction)
        triangle.append(column + [length])
        subtract(product(residual, direction), direction, from: &residual)
    }

    /// The c that makes ‖R c − Qᵀ t‖² + ridge · mean ‖atom‖² · ‖c‖² least.
    func weights(ridge: Double) -> [Double] {
        let size = basis.count
        var factor = [Double](repeating: 0, count: size * size)
        for (column, elements) in triangle.enumerated() {
            for (row, element) in elements.enumerated() { factor[row * size + column] = element }
        }
        let scale = factor.reduce(0) { $0 + $1 * $1 } / Double(max(size, 1))
        return SingularValueDecomposition(factor, rows: size, columns: size)
            .leastSquares(basis.map { product($0, target) }, ridge: ridge * scale)
    }
}

/// The inner product, in the order of the components.
func product(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
}

private func subtract(_ factor: Double, _ a: [Double], from b: inout [Double]) {
    for index in b.indices { b[index] -= factor * a[index] }
}
