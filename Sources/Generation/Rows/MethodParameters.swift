import Hypernetworks

/// The parameters of methods by the names that requests and commands have for them; nil for a parameter's default.
public struct MethodParameters: Sendable, Equatable {
    /// How pieces, similarities or neighbours are weighed: see `Method.weightings`.
    public var weighting: String?
    /// How many rows `interpolation` mixes, and `word_vectors` by softmax.
    public var neighbors: Int?
    /// Of that softmax.
    public var temperature: Float?
    /// How many rows `omp` mixes.
    public var atoms: Int?
    /// By what `interpolation` says which rows are near.
    public var metric: NeighborInterpolation.Metric?

    public init() {}

    /// A system of so many equations is solved for each token.
    public static let mixedRows = 1...256

    /// What is wrong with them: a weighting must be one of the method's own, where it has any.
    fileprivate func errors(for method: Method) -> [MethodParameterError] {
        var errors: [MethodParameterError] = []
        func refuse(_ parameter: String, _ reason: String) {
            errors.append(MethodParameterError(parameter: parameter, description: reason))
        }
        let names = method.weightings.isEmpty ? Method.allCases.flatMap(\.weightings) : method.weightings
        if let weighting {
            if !names.contains(weighting) { refuse("weighting", "must be one of \(names.joined(separator: ", "))") }
        } else if method == .weighted {
            refuse("weighting", "method weighted needs one of \(names.joined(separator: ", "))")
        }
        for (parameter, count) in [("neighbors", neighbors), ("atoms", atoms)] {
            guard let count, !Self.mixedRows.contains(count) else { continue }
            refuse(parameter, "must be \(Self.mixedRows.lowerBound) to \(Self.mixedRows.upperBound)")
        }
        if let temperature, !(temperature > 0 && temperature <= 1_000) { refuse("temperature", "must be above 0, up to 1000") }
        return errors
    }
}

/// What is wrong with a parameter of a method.
public struct MethodParameterError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Its name, such as "neighbors".
    public let parameter: String
    /// What it must be.
    public let description: String
}

extension Method {
    /// The names of its weightings; none for a method that has no choice of them.
    public var weightings: [String] {
        switch self {
        case .weighted: PieceWeighting.allCases.map(\.rawValue)
        case .wordVectors: SimilarityWeighting.Name.allCases.map(\.rawValue)
        case .interpolation: NeighborInterpolation.Weighting.allCases.map(\.rawValue)
        case .hypernetwork, .mean, .merge, .normal, .multivariate, .script, .description, .explicit, .omp: []
        }
    }
}

extension MethodChoice {
    /// Takes parameters over, also for other methods, which the method's rows are compared with: no two have a weighting of the
    /// same name.
    ///
    /// - Returns: what is wrong with them; nothing is taken over then.
    public mutating func set(_ parameters: MethodParameters) -> [MethodParameterError] {
        let errors = parameters.errors(for: method)
        guard errors.isEmpty else { return errors }
        do throws(DonorError) {
            pursuit = try parameters.atoms.map { atoms throws(DonorError) in try OrthogonalMatchingPursuit(atoms: atoms) } ?? pursuit
            interpolation = try NeighborInterpolation(
                count: parameters.neighbors ?? interpolation.count, metric: parameters.metric ?? interpolation.metric,
                weighting: parameters.weighting.flatMap(NeighborInterpolation.Weighting.init) ?? interpolation.weighting)
        } catch {
            return [MethodParameterError(parameter: "neighbors", description: "\(error)")]
        }
        weighting = parameters.weighting.flatMap(PieceWeighting.init) ?? weighting
        similarity =
            switch parameters.weighting.flatMap(SimilarityWeighting.Name.init) ?? .softmax {
            case .softmax: .softmax(count: parameters.neighbors ?? 10, temperature: parameters.temperature ?? 0.1)
            case .sparsemax: .sparsemax
            case .proportional: .proportional
            }
        return []
    }

    /// The parameters that decide about the method's rows, by the same names.
    var parameters: [(key: String, value: String)] {
        switch method {
        case .weighted: weighting.map { [("weighting", $0.rawValue)] } ?? []
        case .multivariate: [("scale", "\(covarianceScale)")]
        case .wordVectors:
            if case .softmax(let count, let temperature) = similarity {
                [("weighting", similarity.name.rawValue), ("neighbors", "\(count)"), ("temperature", "\(temperature)")]
            } else {
                [("weighting", similarity.name.rawValue)]
            }
        case .omp: [("atoms", "\(pursuit.atoms)")]
        case .interpolation:
            [
                ("weighting", interpolation.weighting.rawValue), ("neighbors", "\(interpolation.count)"),
                ("metric", interpolation.metric.rawValue),
            ]
        case .hypernetwork, .mean, .merge, .normal, .script, .description, .explicit: []
        }
    }
}
