import Synchronization
import Tensors

/// One table of the base model, its input or its output embeddings, and what is known of its rows. Statistics are taken over
/// valid rows, when they are first needed, and kept.
public final class BaseTable: Sendable {
    /// (rows, dimension)
    public let embeddings: MappedTensor
    private let isValid: @Sendable (Int) -> Bool
    private let scriptClass: @Sendable (Int) -> ScriptClass?

    private let rowsOnce = ComputedOnce<RowStatistics>()
    private let centredNormsOnce = ComputedOnce<[Float]>()
    private let classesOnce = ComputedOnce<[ScriptClass: Moments]>()
    private let factorOnce = ComputedOnce<Linear?>()
    /// Kept by whoever has computed it first: that takes long enough for others to come between, who must not wait for it.
    let keptPlane = Mutex<PrincipalPlane?>(nil)

    /// - Parameters:
    ///   - isValid: false for rows that no statistics should see: padding, unused, reserved. Rows of zeros and rows that are
    ///     not finite are found here.
    ///   - scriptClass: nil for special tokens.
    init(
        _ embeddings: MappedTensor, isValid: @escaping @Sendable (Int) -> Bool,
        scriptClass: @escaping @Sendable (Int) -> ScriptClass?
    ) {
        precondition(embeddings.shape.count == 2, "a table has two dimensions")
        self.embeddings = embeddings
        self.isValid = isValid
        self.scriptClass = scriptClass
    }

    public var count: Int { embeddings.rowCount }
    public var dimension: Int { embeddings.rowWidth }

    /// The rows' norms, mean and spread.
    public var statistics: RowStatistics { rowsOnce { RowStatistics(embeddings, isValid: isValid) } }

    /// Mean and standard deviation of each dimension over the valid tokens of every class that has at least two.
    var classMoments: [ScriptClass: Moments] { classesOnce(computeClassMoments) }

    /// z ↦ μ + L z with L Lᵀ = Σ, but for a ridge on the diagonal that keeps the factorisation stable; nil when the numbers are
    /// too large for it.
    var covarianceFactor: Linear? { factorOnce(factorCovariance) }

    /// 1 / ‖row − μ‖ of every valid row, in the order of `statistics.validRows`.
    var inverseCentredNorms: [Float] {
        centredNormsOnce {
            var norms: [Float] = []
            forEachCentredBlock(pause: {}) { block, _ in
                for row in 0..<block.rows { norms.append(RowStatistics.inverse(block.withRow(row, RowStatistics.norm))) }
            }
            return norms
        }
    }

    /// Computes now what is otherwise computed when it is first needed, but for the covariance, which takes long and few want.
    func takeStatistics() { _ = (classMoments, inverseCentredNorms) }

    private func computeClassMoments() -> [ScriptClass: Moments] {
        let statistics = statistics
        var members: [ScriptClass: [Int32]] = [:]
        for row in statistics.validRows {
            if let scriptClass = scriptClass(Int(row)) { members[scriptClass, default: []].append(row) }
        }
        return members.filter { $0.value.count >= 2 }.mapValues { Moments(of: embeddings, rows: $0) }
    }

    private func factorCovariance() -> Linear? {
        let mean = statistics.moments.mean
        let covariance = covariance(pause: {})
        let variance = covariance.meanDiagonal
        // A millionth of the mean variance is far below what a sample shows; more only where rounding asks for it.
        for ridge: Float in [1e-6, 1e-5, 1e-4, 1e-3] {
            guard let factor = covariance.choleskyFactor(ridge: max(ridge * variance, .leastNormalMagnitude)) else { continue }
            return Linear(weight: factor, bias: mean)
        }
        return nil
    }

    /// Of the valid rows (of the population).
    func covariance(pause: () -> Void) -> SymmetricMatrix {
        var covariance = SymmetricMatrix(size: dimension)
        forEachCentredBlock(pause: pause) { block, _ in covariance.addGram(of: block) }
        covariance.scale(by: 1 / Float(max(statistics.validRows.count, 1)))
        return covariance
    }

    /// Lends the valid rows less their mean, a block at a time, with their positions in `statistics.validRows`; `pause` runs
    /// before every block.
    func forEachCentredBlock<Failure>(
        pause: () throws(Failure) -> Void, _ body: (borrowing Matrix, Range<Int>) -> Void
    ) throws(Failure) {
        let mean = statistics.moments.mean
        let centring = Affine(weight: Array(repeating: 1, count: dimension), bias: mean.map { -$0 })
        try RowBlocks.forEach(of: statistics.validRows, in: embeddings, pause: pause) { block, positions in
            centring.apply(to: &block)
            body(block, positions)
        }
    }
}
