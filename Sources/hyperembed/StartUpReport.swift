import EmbeddingAPI
import Foundation
import Generation

/// What `serve` says of a model that it has loaded: what it is, what it takes up, and where it comes from.
struct StartUpReport: CustomStringConvertible {
    private let served: ServedModel

    init(_ served: ServedModel) { self.served = served }

    var description: String {
        let seconds = String(format: "%.2f", served.loadDuration / .seconds(1))
        return """
            model \(served.settings.name) ready after \(seconds) s: \(kind), \(base), \(memory)
              \(folders)
              \(served.model.digest)
            """
    }

    private var folders: String {
        guard let (base, hypernetwork) = try? served.settings.folders() else { return "" }
        return "base \(base)" + (hypernetwork.map { ", hypernetwork \($0)" } ?? "")
    }

    private var kind: String {
        guard let configuration = served.model.predictor?.hypernetwork.configuration else { return "no hypernetwork" }
        let languages = configuration.languages.map { "\($0) languages" } ?? "no languages"
        return "ZeTT hypernetwork of \(configuration.layers) layers, hidden size \(configuration.hiddenSize), \(languages)"
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
