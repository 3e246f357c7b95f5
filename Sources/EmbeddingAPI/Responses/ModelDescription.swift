import Generation
import Hypernetworks
import JSON
import Tokenization

/// What `GET /v1/models` tells of a model.
struct ModelDescription {
    private let model: EmbeddingModel

    init(_ model: EmbeddingModel) { self.model = model }

    func write(to writer: inout JSONWriter) {
        writer.object { entry in
            entry.key("name")
            entry.string(model.name)
            entry.key("digest")
            entry.string(model.digest)
            entry.key("dimension")
            entry.number(model.base.dimension)
            entry.key("rows")
            entry.number(model.base.rows)
            entry.key("tied")
            entry.boolean(model.base.output == nil)
            entry.key("outputs")
            entry.array { list in
                for output in RowOutput.allCases where model.outputs.contains(output) { list.string(output.rawValue) }
            }
            entry.key("methods")
            entry.array { list in
                for method in Method.allCases where method != .hypernetwork || model.predictor != nil {
                    list.string(method.rawValue)
                }
            }
            entry.key("forms")
            entry.array { for form in TokenForm.allCases { $0.string(form.rawValue) } }
            if let configuration = model.predictor?.hypernetwork.configuration {
                entry.key("hypernetwork")
                entry.object { write(configuration, to: &$0) }
            }
            entry.key("languages")
            entry.array { for code in languages { $0.string(code) } }
        }
    }

    private func write(_ configuration: ZeTTConfiguration, to hypernetwork: inout JSONWriter) {
        hypernetwork.key("kind")
        hypernetwork.string("zett")
        hypernetwork.key("hidden_size")
        hypernetwork.number(configuration.hiddenSize)
        hypernetwork.key("layers")
        hypernetwork.number(configuration.layers)
        hypernetwork.key("maximum_pieces")
        hypernetwork.number(configuration.maximumLength)
        hypernetwork.key("source_ids")
        hypernetwork.number(configuration.sourceIDLimit)
    }

    private var languages: [String] {
        guard let configuration = model.predictor?.hypernetwork.configuration, let count = configuration.languages else { return [] }
        return configuration.languageCodes.isEmpty ? (0..<count).map(String.init) : configuration.languageCodes
    }
}
