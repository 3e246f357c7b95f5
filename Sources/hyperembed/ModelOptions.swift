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
        let (base, hypernetwork) = try folders()
        return try EmbeddingModel(
            name: TokenEmbeddingsRequest.defaultModel, baseFolder: base, hypernetworkFolder: hypernetwork,
            layout: layout, weightFormat: weights, cacheBytes: cacheBytes)
    }

    /// The model as `serve` is to load it.
    func settings(cacheBytes: Int) -> ModelSettings {
        var settings = ModelSettings(name: TokenEmbeddingsRequest.defaultModel)
        settings.base = base
        settings.hypernetwork = hypernetwork
        settings.inputEmbeddings = inputEmbeddings
        settings.outputEmbeddings = outputEmbeddings
        settings.weights = weights
        settings.cacheBytes = cacheBytes
        return settings
    }

    /// The hypernetwork of `model`, which these options have loaded, with its weights in `weightFormat`.
    func hypernetwork(of model: EmbeddingModel, weightFormat: FloatFormat) throws -> ZeTTHypernetwork {
        let predictor = try predictor(of: model)
        guard weightFormat != weights, let folder = try folders().hypernetwork else { return predictor.hypernetwork }
        return try EmbeddingModel.hypernetwork(folder: folder, base: model.base, weightFormat: weightFormat)
    }

    /// What predicts the rows of `model`, for commands that cannot do without.
    func predictor(of model: EmbeddingModel) throws -> Predictor {
        guard let predictor = model.predictor else { throw ValidationError("Name a --hypernetwork for this base.") }
        return predictor
    }

    /// Where the two parts of the model are.
    func folders() throws -> (base: String, hypernetwork: String?) {
        if let base { return (base, hypernetwork) }
        let folder = try DefaultModel.folder()
        return (folder + "/base", folder + "/hypernetwork")
    }

    /// Where the base keeps its matrices, if the caller says so.
    var layout: EmbeddingLayout? {
        inputEmbeddings.map {
            EmbeddingLayout(inputKeys: [$0], outputKeys: outputEmbeddings.map { [$0] } ?? [], isTied: outputEmbeddings == nil)
        }
    }
}
