import Tensors

/// Vectors of the base's tokens in a space that new tokens have vectors in too, such as that of word vectors: a new row is a
/// mixture of the base rows whose vectors are near the new token's. See specs/methods.md, section 2.2.
public final class AuxiliaryVectors: Sendable {
    private let source: Source
    /// The tokens whose vectors are finite, not zero and allowed by the mask: only these are mixed.
    public let usableRows: [Int32]
    /// 1 / (‖vector‖ + 1e-8) of each usable row.
    private let inverseNorms: [Float]

    private enum Source: Sendable {
        case mapped(MappedTensor)
        case held(RowStorage)

        func read(_ row: Int, into matrix: inout Matrix, row destination: Int) {
            switch self {
            case .mapped(let tensor): matrix.readRow(row, of: tensor, to: destination)
            case .held(let rows): rows.load(row, into: &matrix, row: destination)
            }
        }
    }

    /// Width of the vectors.
    public let dimension: Int

    /// Similarities to all rows are held for so many tokens at a time.
    private static let wholeRowTokens = 32
    /// Sparsemax leaves more rows a weight than this only where similarities hardly differ.
    private static let sparsemaxCandidates = 512
    /// WECHSEL's addend, which keeps norms from 0.
    private static let normAddend = 1e-8

    /// - Parameters:
    ///   - vectors: (rows of the base, dimension), 16- or 32-bit floats.
    ///   - baseRows: how many rows the base has.
    ///   - isUsable: false for tokens that should not be mixed, such as special ones.
    /// - Throws: `AuxiliaryVectorError.unreadable`, `.wrongShape` or `.noUsableRows`.
    public convenience init(
        _ vectors: MappedTensor, baseRows: Int, isUsable: (Int) -> Bool = { _ in true }
    ) throws(AuxiliaryVectorError) {
        guard vectors.shape.count == 2, vectors.rowCount == baseRows else {
            throw .wrongShape(table: vectors.key, expectedRows: baseRows, found: vectors.shape)
        }
        do throws(TensorFileError) {
            _ = try vectors.expectingFloats()
        } catch {
            throw .unreadable(error)
        }
        try self.init(.mapped(vectors), name: vectors.key, rows: baseRows, dimension: vectors.rowWidth, isUsable: isUsable)
    }

    /// The same with vectors in memory, which nobody may write any more.
    ///
    /// - Throws: as above; `name` is for the errors.
    public convenience init(
        _ vectors: RowStorage, name: String, baseRows: Int, isUsable: (Int) -> Bool = { _ in true }
    ) throws(AuxiliaryVectorError) {
        guard vectors.rows == baseRows else {
            throw .wrongShape(table: name, expectedRows: baseRows, found: [vectors.rows, vectors.columns])
        }
        try self.init(.held(vectors), name: name, rows: baseRows, dimension: vectors.columns, isUsable: isUsable)
    }

    private init(
        _ source: Source, name: String, rows: Int, dimension: Int, isUsable: (Int) -> Bool
    ) throws(AuxiliaryVectorError) {
        var usableRows: [Int32] = []
        var inverseNorms: [Float] = []
        var vector = Matrix(rows: 1, columns: dimension)
        for row in 0..<rows where isUsable(row) {
            source.read(row, into: &vector, row: 0)
            let norm = vector.withRow(0, RowStatistics.norm)
            guard norm > 0, let inverseNorm = Self.inverse(norm) else { continue }
            usableRows.append(Int32(row))
            inverseNorms.append(inverseNorm)
        }
        guard !usableRows.isEmpty else { throw .noUsableRows(table: name) }
        self.source = source
        self.dimension = dimension
        self.usableRows = usableRows
        self.inverseNorms = inverseNorms
    }

    /// 1 / (norm + 1e-8); nil for a norm that is not finite, or so large that products with the vector would not be.
    private static func inverse(_ norm: Double) -> Float? {
        let inverse = Float(1 / (norm + normAddend))
        return inverse.isNormal ? inverse : nil
    }

    /// Whether a new token's vector has a direction: it is finite and not zero.
    public static func isUsable(_ vector: [Float]) -> Bool { inverseNorm(of: vector) != nil }

    private static func inverseNorm(of vector: [Float]) -> Float? {
        let norm = RowStatistics.norm(vector.span)
        return norm > 0 ? inverse(norm) : nil
    }

    /// How to mix the base's rows for each of some new tokens. Its bits depend on the token's vector alone.
    ///
    /// - Parameters:
    ///   - vectors: of the new tokens; nil, or zeros, for a token without one. That is uncovered, as is one whose vector is not
    ///     finite.
    ///   - pause: runs before every block of the table.
    /// - Throws: `AuxiliaryVectorError.wrongWidth`, `.invalidCount` or `.invalidTemperature`.
    public func mixtures(
        for vectors: [[Float]?], weighting: SimilarityWeighting, pause: () -> Void
    ) throws(AuxiliaryVectorError) -> [Mixture] {
        try weighting.check()
        var covered: [(index: Int, direction: [Float])] = []
        for (index, vector) in vectors.enumerated() {
            guard let vector else { continue }
            guard vector.count == dimension else {
                throw .wrongWidth(index: index, expected: dimension, found: vector.count)
            }
            guard let inverseNorm = Self.inverseNorm(of: vector) else { continue }
            covered.append((index, vector.map { $0 * inverseNorm }))
        }
        let directions = covered.map(\.direction)
        let found =
            switch weighting {
            case .softmax(let count, let temperature):
                nearest(to: directions, count: count, pause: pause).map { Mixture($0, softmaxAt: temperature) }
            case .sparsemax: sparsemaxMixtures(for: directions, pause: pause)
            case .proportional: proportionalMixtures(for: directions, pause: pause)
            }
        var mixtures = vectors.map { _ in Mixture.uncovered }
        for (place, token) in covered.enumerated() { mixtures[token.index] = found[place] }
        return mixtures
    }

    private func sparsemaxMixtures(for directions: [[Float]], pause: () -> Void) -> [Mixture] {
        var rest: [Int] = []
        let nearest = nearest(to: directions, count: Self.sparsemaxCandidates, pause: pause)
        var mixtures = nearest.enumerated().map { index, candidates in
            let weights = SimilarityWeighting.sparsemax(candidates.map(\.score))
            if weights.count == candidates.count, candidates.count < usableRows.count { rest.append(index) }
            return Mixture(candidates, sparsemax: weights)
        }
        let found = wholeRows(for: rest.map { directions[$0] }, pause: pause) { similarities in
            let candidates = similarities.indices.map { (id: usableRows[$0], score: similarities[$0]) }
                .sorted { ($1.score, $0.id) < ($0.score, $1.id) }
            return Mixture(candidates, sparsemax: SimilarityWeighting.sparsemax(candidates.map(\.score)))
        }
        for (index, mixture) in zip(rest, found) { mixtures[index] = mixture }
        return mixtures
    }

    private func proportionalMixtures(for directions: [[Float]], pause: () -> Void) -> [Mixture] {
        wholeRows(for: directions, pause: pause) { similarities in
            do throws(TrainingFreeError) {
                let sources = zip(usableRows, similarities).map { ($0, Double($1)) }
                return .combination(try Combination.explicit(sources), bestSimilarity: similarities.max() ?? 0)
            } catch {
                return .refused(error)
            }
        }
    }

    /// The usable rows of the largest cosines, for each direction.
    private func nearest(
        to directions: [[Float]], count: Int, pause: () -> Void
    ) -> [[(id: Int32, score: Float)]] {
        guard !directions.isEmpty else { return [] }
        var search = NearestRowSearch(Matrix(directions, columns: dimension), count: min(count, usableRows.count))
        forEachBlock(pause: pause) { block, positions in
            search.offer(block, ids: usableRows[positions]) { $0 * inverseNorms[positions.lowerBound + $1] }
        }
        return search.neighbors
    }

    /// What `body` makes of a direction's cosines with all usable rows.
    private func wholeRows(
        for directions: [[Float]], pause: () -> Void, _ body: ([Float]) -> Mixture
    ) -> [Mixture] {
        stride(from: 0, to: directions.count, by: Self.wholeRowTokens).flatMap { first in
            let part = Array(directions[first..<min(first + Self.wholeRowTokens, directions.count)])
            let layer = Linear(weight: Matrix(part, columns: dimension), bias: Array(repeating: 0, count: part.count))
            var products = Matrix(columns: part.count)
            var similarities = part.map { _ in [Float](repeating: 0, count: usableRows.count) }
            forEachBlock(pause: pause) { block, positions in
                layer.apply(to: block, output: &products)
                for (row, position) in positions.enumerated() {
                    products.withRow(row) { products in
                        for index in products.indices {
                            similarities[index][position] = products[index] * inverseNorms[position]
                        }
                    }
                }
            }
            return similarities.map(body)
        }
    }

    /// Lends the usable rows, a block at a time, with their positions in `usableRows`.
    private func forEachBlock(pause: () -> Void, _ body: (borrowing Matrix, Range<Int>) -> Void) {
        RowBlocks.forEach(
            of: usableRows, columns: dimension, read: { id, block, row in source.read(id, into: &block, row: row) }, pause: pause
        ) { block, positions in body(block, positions) }
    }
}

/// What a new token's vector says about its row.
public enum Mixture: Sendable, Equatable {
    /// Base rows, the nearest first; under `proportional` weights in the order of their ids.
    case combination(Combination, bestSimilarity: Float)
    /// The token has no usable vector: its row is a seeded draw from the base's normal distribution.
    case uncovered
    /// Its similarities cannot be made weights: `TrainingFreeError.cancellingWeights`.
    case refused(TrainingFreeError)

    /// How the row is made.
    ///
    /// - Parameter seed: for a row that is drawn, see `TokenSeed`.
    /// - Throws: `TrainingFreeError.cancellingWeights`.
    public func recipe(seed: UInt64) throws(TrainingFreeError) -> RowRecipe {
        switch self {
        case .combination(let combination, _): return .combination(combination)
        case .uncovered: return .normal(seed: seed)
        case .refused(let error): throw error
        }
    }

    fileprivate init(_ nearest: [(id: Int32, score: Float)], softmaxAt temperature: Float) {
        let weights = SimilarityWeighting.softmax(nearest.map(\.score), temperature: temperature)
        self.init(nearest, weights: weights)
    }

    fileprivate init(_ nearest: [(id: Int32, score: Float)], sparsemax weights: [Float]) {
        self.init(Array(nearest.prefix(weights.count)), weights: weights)
    }

    private init(_ rows: [(id: Int32, score: Float)], weights: [Float]) {
        guard let best = rows.first else { self = .uncovered; return }
        self = .combination(Combination(rows: rows.map(\.id), weights: weights), bestSimilarity: best.score)
    }
}

extension Matrix {
    /// Rows of `columns` numbers each.
    init(_ rows: [[Float]], columns: Int) {
        self.init(rows: rows.count, columns: columns)
        for (index, row) in rows.enumerated() { setRow(index, to: row) }
    }
}
