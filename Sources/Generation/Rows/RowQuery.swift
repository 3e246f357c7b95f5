import Hypernetworks

/// A row that is mixed from the base's, where a comparison with a table says from which and how: see `EmbeddingModel.forEachRecipe`.
public struct RowQuery: Sendable, Hashable {
    public enum Comparison: Sendable, Hashable {
        /// With the vectors of the base's tokens in the space of word vectors.
        case words(SimilarityWeighting)
        /// With the rows of the donor that the base shares.
        case pursuit(OrthogonalMatchingPursuit)
        case interpolation(NeighborInterpolation)
    }

    public let comparison: Comparison
    /// What is compared: the mean of the vectors of these words, or the donor's row of this one id.
    public let ids: [Int32]
    /// For a row that is drawn as nothing can be compared: see `TokenSeed`.
    public let seed: UInt64
}

/// Why a comparison does not tell how to mix a row.
public enum MixtureError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The model has nothing to compare with.
    case noTable
    case vectors(AuxiliaryVectorError)
    case weights(TrainingFreeError)
    case donor(DonorError)

    public var description: String {
        switch self {
        case .noTable: "the model has nothing to compare the token with"
        case .vectors(let error): "\(error)"
        case .weights(let error): "\(error)"
        case .donor(let error): "\(error)"
        }
    }
}

extension EmbeddingModel {
    /// Queries that are compared with a table at once: enough for the matrix kernel, few enough to hold every row of the base in
    /// each recipe, as under `proportional` weights.
    private static let queriesAtOnce = 64

    /// Lends what rows are made of, one after the other, with the places of their queries. A recipe's bits depend on its query
    /// alone.
    ///
    /// - Parameter pause: called now and then, for others to have their turn; an error of its ends the comparisons.
    public func forEachRecipe<Failure>(
        of queries: [RowQuery], pause: () throws(Failure) -> Void,
        _ body: (_ place: Int, Result<RowRecipe, MixtureError>) throws(Failure) -> Void
    ) throws(Failure) {
        for first in stride(from: 0, to: queries.count, by: Self.queriesAtOnce) {
            let places = first..<min(first + Self.queriesAtOnce, queries.count)
            let recipes = try recipes(of: Array(queries[places]), pause: pause)
            for (place, recipe) in zip(places, recipes) { try body(place, recipe) }
        }
    }

    /// What rows are made of, by their queries; tables are read once for all of them.
    func recipes<Failure>(
        of queries: [RowQuery], pause: () throws(Failure) -> Void
    ) throws(Failure) -> [Result<RowRecipe, MixtureError>] {
        var recipes = queries.map { _ in Result<RowRecipe, MixtureError>.failure(.noTable) }
        for (comparison, places) in Dictionary(grouping: queries.indices, by: { queries[$0].comparison }) {
            let found = try self.recipes(of: places.map { queries[$0] }, by: comparison, pause: pause)
            for (place, recipe) in zip(places, found) { recipes[place] = recipe }
        }
        return recipes
    }

    private func recipes<Failure>(
        of queries: [RowQuery], by comparison: RowQuery.Comparison, pause: () throws(Failure) -> Void
    ) throws(Failure) -> [Result<RowRecipe, MixtureError>] {
        switch comparison {
        case .words(let weighting):
            guard let wordSpace else { break }
            let vectors = queries.map { wordSpace.vector(of: $0.ids) }
            switch try wordSpace.tokens.mixtures(for: vectors, weighting: weighting, pause: pause) {
            case .success(let mixtures):
                return zip(queries, mixtures).map { query, mixture in
                    Result { () throws(TrainingFreeError) in try mixture.recipe(seed: query.seed) }.mapError(MixtureError.weights)
                }
            case .failure(let error): return queries.map { _ in .failure(.vectors(error)) }
            }
        case .pursuit(let pursuit):
            guard let donor else { break }
            return try pursuit.combinations(of: queries.map(donor.row), from: donor.table, pause: pause).map(Self.recipe)
        case .interpolation(let interpolation):
            guard let donor else { break }
            return try interpolation.combinations(of: queries.map(donor.row), from: donor.table, pause: pause).map(Self.recipe)
        }
        return queries.map { _ in .failure(.noTable) }
    }

    private static func recipe(_ combination: Result<Combination, DonorError>) -> Result<RowRecipe, MixtureError> {
        combination.map(RowRecipe.combination).mapError(MixtureError.donor)
    }
}

extension Donor {
    /// Empty for no row, which is refused for its width.
    fileprivate func row(of query: RowQuery) -> [Float] { query.ids.first.flatMap { table.embedding(Int($0)) } ?? [] }
}
