import Hypernetworks

/// What one row is made from.
public enum RowSource: Sendable {
    case hypernetwork(HypernetworkInput)
    case recipe(RowRecipe)
    /// A row of the base as it is, whatever the norm policy.
    case copy(Int32)
}

/// Rows that are made together.
public struct RowOrder: Sendable {
    public var sources: [RowSource]
    public var norm: NormPolicy

    public init(_ sources: [RowSource], norm: NormPolicy = .none) {
        self.sources = sources
        self.norm = norm
    }

    /// The tokens for the hypernetwork, and which rows they are.
    var predictions: (inputs: [HypernetworkInput], places: [Int]) {
        var inputs: [HypernetworkInput] = []
        var places: [Int] = []
        inputs.reserveCapacity(sources.count)
        places.reserveCapacity(sources.count)
        for (place, source) in sources.enumerated() {
            if case .hypernetwork(let input) = source {
                inputs.append(input)
                places.append(place)
            }
        }
        return (inputs, places)
    }

    /// Fills in the rows that need no hypernetwork, then brings all to the wanted norms.
    ///
    /// - Parameter pause: called now and then, for others to have their turn.
    /// - Throws: `notFinite` or `overflow` for the first row that is not finite: NaN is an error, never a row.
    func complete(_ rows: GeneratedRows, of model: EmbeddingModel, pause: () -> Void) throws(GenerationError) {
        var scalable: [Int] = []
        for (place, source) in sources.enumerated() {
            do throws(TrainingFreeError) {
                switch source {
                case .hypernetwork: scalable.append(place)
                case .recipe(let recipe):
                    try model.trainingFree.generate(recipe, into: rows, at: place)
                    scalable.append(place)
                    pause()
                case .copy(let row): try model.trainingFree.generate(.combination(.mean(of: [row])), into: rows, at: place)
                }
            } catch {
                throw .method(error)
            }
        }
        if norm != .none { _ = norm.apply(to: rows, only: scalable, of: model.trainingFree, pause: pause) }
        completeCoordinates(of: rows, model, pause: pause)
        guard let place = sources.indices.first(where: { !rows.isFinite($0) }) else { return }
        if case .recipe = sources[place] { throw .overflow(row: place) }
        throw .notFinite(row: place)
    }

    /// Where the base is factorised, all rows have coordinates: those that no hypernetwork has predicted, or that were scaled since,
    /// get those of the nearest sum of primitives.
    private func completeCoordinates(of rows: GeneratedRows, _ model: EmbeddingModel, pause: () -> Void) {
        guard let factorization = model.factorization, let coordinates = rows.coordinates else { return }
        let arePredicted = norm == .none && model.predictor?.hypernetwork.rowShape.coordinates != nil
        let places = sources.indices.filter { place in
            if case .hypernetwork = sources[place] { !arePredicted } else { true }
        }
        factorization.project(rows.input, only: places, into: coordinates, pause: pause)
    }
}
