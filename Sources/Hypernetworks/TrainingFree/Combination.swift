import Foundation

/// How the rows of a token's n pieces are weighed.
public enum PieceWeighting: String, CaseIterable, Sendable {
    /// Piece i (from 1) by exp(2i) for the input row and by exp(−2i) for the output row, normalised to sum 1: AdaptiVocab.
    case exponential
    /// Piece i by i for both rows, normalised to sum 1: mergekit's weighted mean.
    case linear
    /// The last piece for the input row, the first for the output row.
    case firstLast = "first_last"
    /// The first piece for both rows.
    case first
    /// The last piece for both rows.
    case last
    /// All pieces with weight 1 for both rows.
    case sum
}

/// A weighted sum of base rows, in the order in which it is summed.
public struct Combination: Sendable, Equatable {
    /// The rows' ids in the base, at least one.
    public let rows: [Int32]
    /// Weights of the rows for the new token's input row.
    public let inputWeights: [Float]
    /// Weights of the rows for the new token's output row and bias.
    public let outputWeights: [Float]

    /// Weights that sum to less than this part of their magnitudes' sum are refused.
    private static let smallestSum = 1e-3

    /// The same weights for both tables.
    init(rows: [Int32], weights: [Float]) {
        self.init(rows: rows, inputWeights: weights, outputWeights: weights)
    }

    private init(rows: [Int32], inputWeights: [Float], outputWeights: [Float]) {
        self.rows = rows
        self.inputWeights = inputWeights
        self.outputWeights = outputWeights
    }

    /// One row as it is.
    public static func copy(of row: Int32) -> Combination { Combination(rows: [row], weights: [1]) }

    /// The mean of the pieces' rows. Of a single piece that is a copy.
    ///
    /// - Throws: `TrainingFreeError.noPieces`.
    public static func mean(of pieces: [Int32]) throws(TrainingFreeError) -> Combination {
        guard !pieces.isEmpty else { throw .noPieces }
        return Combination(rows: pieces, weights: Array(repeating: 1 / Float(pieces.count), count: pieces.count))
    }

    /// - Throws: `TrainingFreeError.noPieces`.
    public static func weighted(
        _ pieces: [Int32], _ weighting: PieceWeighting
    ) throws(TrainingFreeError) -> Combination {
        guard let first = pieces.first, let last = pieces.last else { throw .noPieces }
        switch weighting {
        case .exponential:
            // Both are divided by their largest weight before they are normalised: exp(2n) overflows from n = 355 on.
            let descending = normalized(pieces.indices.map { exp(-2 * Double($0)) })
            return Combination(rows: pieces, inputWeights: descending.reversed(), outputWeights: descending)
        case .linear: return Combination(rows: pieces, weights: normalized(pieces.indices.map { Double($0 + 1) }))
        case .firstLast: return Combination(rows: [first, last], inputWeights: [0, 1], outputWeights: [1, 0])
        case .first: return Combination(rows: [first], weights: [1])
        case .last: return Combination(rows: [last], weights: [1])
        case .sum: return Combination(rows: pieces, weights: Array(repeating: 1, count: pieces.count))
        }
    }

    /// Weights from elsewhere, divided by their sum. Some may be negative.
    ///
    /// - Throws: `TrainingFreeError.noPieces`, `.weightNotFinite`, or `.cancellingWeights` when the sum is zero or next to it.
    public static func explicit(_ sources: [(row: Int32, weight: Double)]) throws(TrainingFreeError) -> Combination {
        guard !sources.isEmpty else { throw .noPieces }
        var largest = 0.0
        for (index, source) in sources.enumerated() {
            guard source.weight.isFinite else { throw .weightNotFinite(index: index) }
            largest = max(largest, source.weight.magnitude)
        }
        // By the largest first, so that sums cannot overflow.
        let weights = sources.map { largest == 0 ? 0 : $0.weight / largest }
        let sum = weights.reduce(0, +)
        let magnitude = weights.reduce(0) { $0 + $1.magnitude }
        guard sum.magnitude > magnitude * smallestSum else {
            throw .cancellingWeights(sum: sum * largest, magnitude: magnitude * largest)
        }
        return Combination(rows: sources.map(\.row), weights: weights.map { Float($0 / sum) })
    }

    private static func normalized(_ weights: [Double]) -> [Float] {
        let sum = weights.reduce(0, +)
        return weights.map { Float($0 / sum) }
    }

    /// How many rows of equal weight would mix as much: (Σw)² / Σw² of the input weights, that is 1 / Σw² where they sum to 1.
    public var effectiveRows: Float {
        let sum = inputWeights.reduce(0, +)
        return sum * sum / inputWeights.reduce(0) { $0 + $1 * $1 }
    }

    /// The sum of the input weights' magnitudes: above 1 where weights of both signs cancel.
    public var weightMagnitude: Float { inputWeights.reduce(0) { $0 + $1.magnitude } }
}
