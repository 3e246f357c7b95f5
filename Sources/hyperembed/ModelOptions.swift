import ArgumentParser
import EmbeddingAPI
import Generation
import Hypernetworks
import Tensors

extension FloatFormat: ExpressibleByArgument {}

/// Which model a command works with: the embedded one, or any pair of folders.
struct ModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp(settingOf: "base"))
    var base: String?

    @Option(help: ArgumentHelp(settingOf: "hypernetwork"))
    var hypernetwork: String?

    @Option(help: ArgumentHelp(settingOf: "input-embeddings"))
    var inputEmbeddings: String?

    @Option(help: ArgumentHelp(settingOf: "output-embeddings"))
    var outputEmbeddings: String?

    @OptionGroup var parts: ModelPartOptions

    @Option(help: ArgumentHelp(settingOf: "weights"))
    var weights: FloatFormat = .float32

    func validate() throws {
        guard base != nil || hypernetwork == nil else {
            throw ValidationError("--hypernetwork needs --base: one was trained for the other.")
        }
        guard inputEmbeddings != nil || outputEmbeddings == nil else {
            throw ValidationError("--output-embeddings needs --input-embeddings.")
        }
    }

    /// - Parameter cacheBytes: for finished rows.
    func load(cacheBytes: Int = RowGenerator.defaultCacheBytes) throws -> EmbeddingModel {
        var settings = settings
        settings.cacheBytes = cacheBytes
        return try settings.load()
    }

    /// The same as the settings of a service have it.
    var settings: ModelSettings {
        var settings = ModelSettings(name: TokenEmbeddingsRequest.defaultModel)
        settings.base = base
        settings.hypernetwork = hypernetwork
        settings.inputEmbeddings = inputEmbeddings
        settings.outputEmbeddings = outputEmbeddings
        settings.parts = parts.paths
        settings.weights = weights
        return settings
    }

    /// The hypernetwork of `model`, which these options have loaded, with its weights in `weightFormat`.
    func hypernetwork(of model: EmbeddingModel, weightFormat: FloatFormat) throws -> Hypernetwork {
        let predictor = try predictor(of: model)
        guard weightFormat != weights else { return predictor.hypernetwork }
        var options = self
        options.weights = weightFormat
        return try options.predictor(of: options.load(cacheBytes: 0)).hypernetwork
    }

    /// What predicts the rows of `model`, for commands that cannot do without.
    func predictor(of model: EmbeddingModel) throws -> Predictor {
        guard let predictor = model.predictor else { throw ValidationError("Name a --hypernetwork for this base.") }
        return predictor
    }
}
