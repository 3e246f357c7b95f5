import Foundation
import Generation
import Hypernetworks
import JSON
import Tokenization

/// What `GET /v1/models` and `GET /v1/models/{name}` tell of a model.
struct ModelDescription {
    private let served: ServedModel
    private let limits: RequestLimits
    private let withNorms: Bool

    private var model: EmbeddingModel { served.model }
    private var hypernetwork: Hypernetwork? { model.predictor?.hypernetwork }
    private var configuration: ZeTTConfiguration? { hypernetwork?.zett?.configuration }

    /// - Parameters:
    ///   - limits: the service's, for all models.
    ///   - withNorms: whether to tell how the norms of the base's rows are spread.
    init(_ served: ServedModel, _ limits: RequestLimits, withNorms: Bool = false) {
        self.served = served
        self.limits = limits
        self.withNorms = withNorms
    }

    func write(to writer: inout JSONWriter) {
        writer.object { entry in
            entry.member("name", model.name)
            entry.member("digest", model.digest)
            entry.member("dimension", model.base.dimension)
            entry.member("rows", model.base.rows)
            entry.member("tied", model.base.output == nil)
            entry.key("outputs")
            entry.array { list in
                for output in model.rowShape.outputs { list.string(output.rawValue) }
            }
            entry.key("methods")
            entry.array { list in for method in served.methods { write(method, to: &list) } }
            entry.key("forms")
            entry.array { for form in TokenForm.allCases { $0.string(form.rawValue) } }
            if let hypernetwork {
                entry.key("hypernetwork")
                entry.object { write(hypernetwork, to: &$0) }
            }
            if let factorization = model.factorization {
                entry.key("factorization")
                entry.object { $0.member("rank", factorization.rank) }
            }
            if let words = model.words {
                entry.key("words")
                entry.object { write(words, to: &$0) }
            }
            if let donor = model.donor {
                entry.key("donor")
                entry.object { entry in
                    entry.member("dimension", donor.dimension)
                    entry.member("shared_tokens", donor.sharedTokens)
                }
            }
            entry.key("languages")
            entry.array { for code in languages { $0.string(code) } }
            entry.key("limits")
            entry.object(writeLimits)
            entry.key("files")
            entry.array { list in for part in model.parts { write(part, to: &list) } }
            entry.key("memory")
            entry.object(writeMemory)
            entry.member("loaded_at", served.loadedAt.formatted(.iso8601))
            entry.member("load_seconds", served.loadDuration / .seconds(1))
            if withNorms, let norms = served.norms {
                entry.key("norms")
                entry.object { write(norms, to: &$0) }
            }
        }
    }

    /// A method, with what the model must have for it and what a request must hold.
    private func write(_ method: Method, to list: inout JSONWriter) {
        list.object { entry in
            entry.member("name", method.rawValue)
            entry.key("needs")
            entry.array { needs in
                if let part = method.modelNeeds { needs.string(part) }
                if method == .hypernetwork, configuration?.languages != nil { needs.string("language") }
                if let need = method.needs { needs.string(need) }
            }
        }
    }

    private func write(_ hypernetwork: Hypernetwork, to entry: inout JSONWriter) {
        entry.member("kind", hypernetwork.kind)
        switch hypernetwork {
        case .zett(let network): write(network.configuration, to: &entry)
        case .hyperOFA(let network): write(network.configuration, to: &entry)
        }
        entry.member("weights", served.settings.weights.rawValue)
    }

    private func write(_ configuration: ZeTTConfiguration, to entry: inout JSONWriter) {
        entry.member("hidden_size", configuration.hiddenSize)
        entry.member("intermediate_size", configuration.intermediateSize)
        entry.member("layers", configuration.layers)
        entry.member("attention_heads", configuration.attentionHeads)
        entry.member("maximum_pieces", configuration.maximumLength)
        entry.member("source_ids", configuration.sourceIDLimit)
    }

    private func write(_ configuration: HyperOFAConfiguration, to entry: inout JSONWriter) {
        switch configuration.encoder {
        case .biLSTM(let hiddenSize):
            entry.member("encoder", "bilstm")
            entry.member("hidden_size", hiddenSize)
        case .setFormer(let heads):
            entry.member("encoder", "setformer")
            entry.member("hidden_size", configuration.wordSize)
            entry.member("attention_heads", heads)
        }
        entry.member("layers", configuration.layers)
        entry.member("maximum_pieces", configuration.maximumWords)
        entry.member("source_ids", configuration.wordCount)
        entry.member("coordinates", configuration.outputSize)
    }

    private func write(_ words: WordContexts, to entry: inout JSONWriter) {
        entry.member("count", words.vectors.count)
        entry.member("dimension", words.vectors.dimension)
        entry.member("maximum_words", words.maximumSize)
    }

    private var languages: [String] {
        guard let configuration, let count = configuration.languages else { return [] }
        return configuration.languageCodes.isEmpty ? (0..<count).map(String.init) : configuration.languageCodes
    }

    private func writeLimits(to entry: inout JSONWriter) {
        func own(_ limit: Int) -> Int { min(limit, served.maximumTokens ?? limit) }
        entry.member("maximum_tokens", own(limits.maximumTokens))
        entry.member("maximum_diagnosed_tokens", own(limits.maximumDiagnosedTokens))
        entry.member("maximum_token_bytes", limits.maximumTokenBytes)
        entry.member("maximum_vocabulary", own(limits.maximumVocabulary))
    }

    private func write(_ part: ModelFiles.Part, to list: inout JSONWriter) {
        list.object { entry in
            entry.member("name", part.name)
            entry.member("bytes", part.bytes)
            entry.member("sha256", part.sha256)
        }
    }

    private func writeMemory(to entry: inout JSONWriter) {
        let cache = model.predictor?.generator.cacheStatistics
        entry.member("packed_weights_bytes", model.predictor?.hypernetwork.packedByteCount ?? 0)
        entry.member("mapped_bytes", model.mappedBytes)
        entry.member("cache_bytes", cache?.bytes ?? 0)
        entry.member("cache_capacity_bytes", cache?.capacityBytes ?? 0)
    }

    private func write(_ norms: NormDistribution, to entry: inout JSONWriter) {
        entry.member("mean", norms.mean)
        entry.member("standard_deviation", norms.standardDeviation)
        entry.key("histogram")
        entry.object { histogram in
            histogram.member("minimum", norms.minimum)
            histogram.member("maximum", norms.maximum)
            histogram.key("counts")
            histogram.array { for count in norms.counts { $0.number(count) } }
        }
    }
}
