import ArgumentParser
import EmbeddingAPI
import Generation
import Hypernetworks
import Tensors

extension Method: ExpressibleByArgument {}
extension NeighborInterpolation.Metric: ExpressibleByArgument {}
extension NormPolicy: ExpressibleByArgument {}
extension RowOutput: ExpressibleByArgument {}
extension ExistingTokens: ExpressibleByArgument {}

/// How rows are made.
struct MethodOptions: ParsableArguments {
    @Option(help: "How rows are made.")
    var method: Method = .hypernetwork

    @Option(help: ArgumentHelp("How pieces, similarities or neighbours are weighed, \(Self.weightings).", valueName: "name"))
    var weighting: String?

    @Option(help: ArgumentHelp("How many rows are mixed, for --method interpolation and the softmax of word_vectors.", valueName: "n"))
    var neighbors: Int?

    @Option(help: ArgumentHelp("Of the softmax, for --method word_vectors.", valueName: "number"))
    var temperature: Float?

    @Option(help: ArgumentHelp("How many rows are mixed, for --method omp.", valueName: "n"))
    var atoms: Int?

    @Option(help: "How it is measured which rows are near, for --method interpolation.")
    var metric: NeighborInterpolation.Metric?

    @Option(help: "Factor to the base's covariance, for --method multivariate.")
    var scale = MethodChoice.defaultCovarianceScale

    @Option(help: "What methods that sample draw from, together with each token's bytes.")
    var seed: UInt64 = 0

    @Option(help: "What norms the rows get.")
    var norm: NormPolicy = .none

    @Option(help: "Language code, for a hypernetwork that looks at the language.")
    var language: String?

    func validate() throws {
        var choice = MethodChoice(method)
        if let error = choice.set(parameters).first { throw ValidationError("--\(error.parameter): \(error).") }
        guard scale > 0, scale.isFinite else { throw ValidationError("--scale takes a number above 0.") }
    }

    private static let weightings = Method.allCases.filter { !$0.weightings.isEmpty }
        .map { "for --method \($0.rawValue): \($0.weightings.joined(separator: ", "))" }.joined(separator: "; ")

    private var parameters: MethodParameters {
        var parameters = MethodParameters()
        parameters.weighting = weighting
        parameters.neighbors = neighbors
        parameters.temperature = temperature
        parameters.atoms = atoms
        parameters.metric = metric
        return parameters
    }

    var options: RowOptions {
        var options = RowOptions()
        options.choice.method = method
        _ = options.choice.set(parameters)
        options.choice.covarianceScale = scale
        options.choice.seed = seed
        options.norm = norm
        options.language = language
        return options
    }
}
