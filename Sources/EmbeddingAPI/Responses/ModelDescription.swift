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
            entry.member("name", model.name)
            entry.member("digest", model.digest)
            entry.member("dimension", model.base.dimension)
            entry.member("rows", model.base.rows)
            entry.member("tied", model.base.output == nil)
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
        hypernetwork.member("kind", "zett")
        hypernetwork.member("hidden_size", configuration.hiddenSize)
        hypernetwork.member("layers", configuration.layers)
        hypernetwork.member("maximum_pieces", configuration.maximumLength)
        hypernetwork.member("source_ids", configuration.sourceIDLimit)
    }

    private var languages: [String] {
        guard let configuration = model.predictor?.hypernetwork.configuration, let count = configuration.languages else { return [] }
        return configuration.languageCodes.isEmpty ? (0..<count).map(String.init) : configuration.languageCodes
    }
}
