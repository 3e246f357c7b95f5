import ArgumentParser
import EmbeddingAPI
import Generation
import Hypernetworks
import Tensors

extension Method: ExpressibleByArgument {}
extension PieceWeighting: ExpressibleByArgument {}
extension NormPolicy: ExpressibleByArgument {}
extension RowOutput: ExpressibleByArgument {}

/// How rows are made.
struct MethodOptions: ParsableArguments {
    @Option(help: "How rows are made.")
    var method: Method = .hypernetwork

    @Option(help: "How pieces are weighed, for --method weighted.")
    var weighting: PieceWeighting?

    @Option(help: "Factor to the base's covariance, for --method multivariate.")
    var scale = MethodChoice.defaultCovarianceScale

    @Option(help: "What methods that sample draw from, together with each token's bytes.")
    var seed: UInt64 = 0

    @Option(help: "What norms the rows get.")
    var norm: NormPolicy = .none

    @Option(help: "Language code, for a hypernetwork that looks at the language.")
    var language: String?

    func validate() throws {
        guard method != .weighted || weighting != nil else {
            let names = PieceWeighting.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--method weighted needs --weighting: \(names).")
        }
        guard scale > 0, scale.isFinite else { throw ValidationError("--scale takes a number above 0.") }
    }

    var options: RowOptions {
        var options = RowOptions()
        options.choice.method = method
        options.choice.weighting = weighting
        options.choice.covarianceScale = scale
        options.choice.seed = seed
        options.norm = norm
        options.language = language
        return options
    }
}
