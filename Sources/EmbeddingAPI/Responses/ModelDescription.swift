import Generation
import JSON
import Tokenization

/// What `GET /v1/models` tells of a model.
struct ModelDescription {
    private let model: EmbeddingModel

    init(_ model: EmbeddingModel) { self.model = model }

    func write(to writer: inout JSONWriter) {
        let configuration = model.hypernetwork.configuration
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
            entry.array { for method in Method.allCases { $0.string(method.rawValue) } }
            entry.key("forms")
            entry.array { for form in TokenForm.allCases { $0.string(form.rawValue) } }
            entry.key("hypernetwork")
            entry.object { hypernetwork in
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
            entry.key("languages")
            entry.array { list in
                let count = configuration.languages ?? 0
                let codes = configuration.languageCodes.isEmpty ? (0..<count).map(String.init) : configuration.languageCodes
                if count > 0 { for code in codes { list.string(code) } }
            }
        }
    }
}
