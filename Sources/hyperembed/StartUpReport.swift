import EmbeddingAPI
import Foundation
import Generation
import Logging

/// What `serve` says of a model that it has loaded: what it is, what it takes up, and where it comes from.
struct StartUpReport {
    private let served: ServedModel

    init(_ served: ServedModel) { self.served = served }

    func log(to logger: Logger) {
        let seconds = String(format: "%.2f", served.loadDuration / .seconds(1))
        var metadata: Logger.Metadata = [
            "digest": "\(served.model.digest)", "kind": "\(kind)", "embeddings": "\(base)", "memory": "\(memory)",
        ]
        if let folders = try? served.settings.folders() {
            metadata["base"] = "\(folders.base)"
            metadata["hypernetwork"] = folders.hypernetwork.map { "\($0)" }
        }
        metadata["words"] = served.model.words.map { "\($0.vectors.count) of \($0.vectors.dimension) numbers, \($0.vectors.path)" }
        metadata["donor"] = served.model.donor.map { "\($0.sharedTokens) tokens shared, \(served.settings.parts.donor ?? "")" }
        logger.info("model \(served.settings.name) ready in \(seconds) s", metadata: metadata)
    }

    private var kind: String {
        switch served.model.predictor?.hypernetwork {
        case .zett(let network)?:
            let configuration = network.configuration
            let languages = configuration.languages.map { "\($0) languages" } ?? "no languages"
            return "ZeTT hypernetwork of \(configuration.layers) layers, hidden size \(configuration.hiddenSize), \(languages)"
        case .hyperOFA(let network)?:
            let configuration = network.configuration
            return "HyperOFA hypernetwork of \(configuration.layers) layers, \(configuration.outputSize) coordinates"
        case nil: return "no hypernetwork"
        }
    }

    private var base: String {
        let base = served.model.base
        return "\(base.rows) rows of dimension \(base.dimension), \(base.output == nil ? "tied" : "untied")"
    }

    private var memory: String {
        let mapped = "\(Self.megabytes(served.model.mappedBytes)) mapped"
        guard let predictor = served.model.predictor else { return mapped }
        let weights = Self.megabytes(predictor.hypernetwork.packedByteCount)
        let cache = Self.megabytes(predictor.generator.cacheStatistics.capacityBytes)
        return "\(served.settings.weights.rawValue) weights of \(weights), \(mapped), a cache of up to \(cache)"
    }

    private static func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1_000_000) }
}
