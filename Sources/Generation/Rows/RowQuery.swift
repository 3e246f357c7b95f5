import Hypernetworks

/// A row that is mixed from the base's, where a comparison with a table says from which and how: see `EmbeddingModel.recipes`.
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
    /// What rows are made of, by their queries. A recipe's bits depend on its query alone; tables are read once for all of them.
    ///
    /// Under `proportional` weights a recipe has every row of the base: ask for few at once.
    ///
    /// - Parameter pause: called now and then, for others to have their turn.
    public func recipes(of queries: [RowQuery], pause: () -> Void) -> [Result<RowRecipe, MixtureError>] {
        var recipes = queries.map { _ in Result<RowRecipe, MixtureError>.failure(.noTable) }
        for (comparison, places) in Dictionary(grouping: queries.indices, by: { queries[$0].comparison }) {
            let found = self.recipes(of: places.map { queries[$0] }, by: comparison, pause: pause)
            for (place, recipe) in zip(places, found) { recipes[place] = recipe }
        }
        return recipes
    }

    private func recipes(
        of queries: [RowQuery], by comparison: RowQuery.Comparison, pause: () -> Void
    ) -> [Result<RowRecipe, MixtureError>] {
        switch comparison {
        case .words(let weighting):
            guard let wordSpace else { break }
            do throws(AuxiliaryVectorError) {
                let vectors = queries.map { wordSpace.vector(of: $0.ids) }
                let mixtures = try wordSpace.tokens.mixtures(for: vectors, weighting: weighting, pause: pause)
                return zip(queries, mixtures).map { query, mixture in
                    Result { () throws(TrainingFreeError) in try mixture.recipe(seed: query.seed) }.mapError(MixtureError.weights)
                }
            } catch {
                return queries.map { _ in .failure(.vectors(error)) }
            }
        case .pursuit(let pursuit):
            guard let donor else { break }
            do throws(DonorError) {
                return try pursuit.combinations(of: queries.map(donor.row), from: donor.table, pause: pause).map(Self.recipe)
            } catch {
                return queries.map { _ in .failure(.donor(error)) }
            }
        case .interpolation(let interpolation):
            guard let donor else { break }
            return interpolation.combinations(of: queries.map(donor.row), from: donor.table, pause: pause).map(Self.recipe)
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
