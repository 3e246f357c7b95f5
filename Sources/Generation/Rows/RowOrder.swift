import Hypernetworks

/// What one row is made from.
public enum RowSource: Sendable {
    case hypernetwork(HypernetworkInput)
    case recipe(RowRecipe)
    /// What a comparison finds for it: many are compared at once.
    case query(RowQuery)
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

    /// Whether a table is read for it, which takes long however few the rows are.
    var compares: Bool { sources.contains { if case .query = $0 { true } else { false } } }

    /// Fills in the rows that need no hypernetwork, then brings all to the wanted norms.
    ///
    /// - Parameters:
    ///   - pause: called now and then, for others to have their turn; throws when the rows are not worth any more work: matching
    ///     pursuit reads the donor's table once for every atom.
    /// - Throws: `notFinite` or `overflow` for the first row that is not finite: NaN is an error, never a row. `unmixable` for one that
    ///   its comparison gives no usable weights. What `pause` throws.
    func complete(
        _ rows: GeneratedRows, of model: EmbeddingModel, pause: () throws(GenerationError) -> Void
    ) throws(GenerationError) {
        var scalable: [Int] = []
        var queries: [(place: Int, query: RowQuery)] = []
        for (place, source) in sources.enumerated() {
            switch source {
            case .hypernetwork: scalable.append(place)
            case .recipe(let recipe):
                try fill(place, of: rows, by: recipe, model)
                scalable.append(place)
                try pause()
            case .query(let query):
                queries.append((place, query))
                scalable.append(place)
            case .copy(let row): try fill(place, of: rows, by: .combination(.copy(of: row)), model)
            }
        }
        try model.forEachRecipe(of: queries.map(\.query), pause: pause) { index, result throws(GenerationError) in
            let place = queries[index].place
            switch result {
            case .success(let recipe): try fill(place, of: rows, by: recipe, model)
            case .failure(let error): throw .unmixable(row: place, error)
            }
            try pause()
        }
        if norm != .none { _ = try norm.apply(to: rows, only: scalable, of: model.trainingFree, pause: pause) }
        try completeCoordinates(of: rows, model, pause: pause)
        guard let place = sources.indices.first(where: { !rows.isFinite($0) }) else { return }
        switch sources[place] {
        case .recipe, .query: throw .overflow(row: place)
        case .hypernetwork, .copy: throw .notFinite(row: place)
        }
    }

    private func fill(
        _ place: Int, of rows: GeneratedRows, by recipe: RowRecipe, _ model: EmbeddingModel
    ) throws(GenerationError) {
        do throws(TrainingFreeError) {
            try model.trainingFree.generate(recipe, into: rows, at: place)
        } catch {
            throw .method(error)
        }
    }

    /// Where the base is factorised, all rows have coordinates: those that no hypernetwork has predicted, or that were scaled since,
    /// get those of the nearest sum of primitives.
    private func completeCoordinates(
        of rows: GeneratedRows, _ model: EmbeddingModel, pause: () throws(GenerationError) -> Void
    ) throws(GenerationError) {
        guard let factorization = model.factorization, let coordinates = rows.coordinates else { return }
        let arePredicted = norm == .none && model.predictor?.hypernetwork.rowShape.coordinates != nil
        let places = sources.indices.filter { place in
            if case .hypernetwork = sources[place] { !arePredicted } else { true }
        }
        try factorization.project(rows.input, only: places, into: coordinates, pause: pause)
    }
}
