import ArgumentParser
import Foundation
import Hypernetworks
import JSON
import Tensors

/// The sizes of hypernetworks that the authors of ZeTT have published.
enum PublishedShape: String, CaseIterable, ExpressibleByArgument {
    /// For XLM-RoBERTa base.
    case xlmr
    /// For TinyLlama 1.1B.
    case tinyllama
    /// For Mistral 7B.
    case mistral

    private var configurationJSON: String {
        switch self {
        case .xlmr:
            """
            {"n_embd": 768, "hn_hidden_size": 768, "hn_intermediate_size": 1536, "hn_num_attention_heads": null,
             "original_vocab_size": 250002, "separate_out_embeddings": false, "hn_embed_lang_id": true, "n_langs": 26,
             "hn_predict_bias": true, "pad_token_id": 1, \(Self.common)}
            """
        case .tinyllama:
            """
            {"n_embd": 2048, "hn_hidden_size": 2048, "hn_intermediate_size": 4096, "hn_num_attention_heads": 32,
             "original_vocab_size": 32000, "separate_out_embeddings": true, "hn_predict_bias": false, "pad_token_id": 2,
             \(Self.common)}
            """
        case .mistral:
            """
            {"n_embd": 4096, "hn_hidden_size": 4096, "hn_intermediate_size": 8192, "hn_num_attention_heads": 32,
             "original_vocab_size": 32000, "separate_out_embeddings": true, "hn_predict_bias": false, "pad_token_id": 2,
             \(Self.common)}
            """
        }
    }

    private static let common = """
        "hn_model_type": "roberta", "hn_n_layers": 3, "hn_surface_maxlen": 7, "hn_n_extra_tokens": 0,
        "hn_rescale_embeddings": true, "hn_embed_using_source_embeddings": true
        """

    /// A hypernetwork of these sizes with random weights, over random base embeddings.
    func makeHypernetwork() throws -> ZeTTHypernetwork {
        let configuration = try ZeTTConfiguration(JSONDocument(parsing: Array(configurationJSON.utf8)).root)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // What is mapped stays when its name goes.
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("model.safetensors").path
        try RandomTensors.write(Self.tensors(configuration), to: file)
        let checkpoint = try Checkpoint(folder: folder.path)
        let base = try checkpoint.tensor("base", shape: [configuration.baseVocabularySize, configuration.sourceWidth])
        return try ZeTTHypernetwork(configuration: configuration, checkpoint: checkpoint, base: [base])
    }

    /// The names and shapes of a checkpoint's tensors, with the base's rows in "base".
    private static func tensors(_ configuration: ZeTTConfiguration) -> [(key: String, shape: [Int])] {
        let hidden = configuration.hiddenSize
        let intermediate = configuration.intermediateSize
        let embedding = configuration.embeddingSize
        let source = configuration.sourceWidth
        func linear(_ prefix: String, _ inputs: Int, _ outputs: Int) -> [(String, [Int])] {
            [("\(prefix).weight", [outputs, inputs]), ("\(prefix).bias", [outputs])]
        }
        func norm(_ prefix: String) -> [(String, [Int])] { [("\(prefix).weight", [hidden]), ("\(prefix).bias", [hidden])] }
        func block(_ prefix: String) -> [(String, [Int])] {
            linear("\(prefix).dense1", hidden, intermediate) + linear("\(prefix).dense2", intermediate, hidden) + norm("\(prefix).ln")
        }
        func scaler(_ prefix: String, _ size: Int) -> [(String, [Int])] { [("\(prefix).w", [1, size]), ("\(prefix).b", [1, size])] }

        var tensors: [(String, [Int])] = [
            ("base", [configuration.baseVocabularySize, source]),
            ("fallback_embeddings.weight", [configuration.fallbackRows, source]),
            ("model.embeddings.position_embeddings.weight", [514, hidden]),
            ("model.embeddings.token_type_embeddings.weight", [1, hidden]),
        ]
        tensors += linear("input_projection.0", source, hidden) + block("input_projection.1") + norm("model.embeddings.LayerNorm")
        if let languages = configuration.languages { tensors.append(("lang_embeddings.weight", [languages, hidden])) }
        for layer in (0..<configuration.layers).map({ "model.encoder.layer.\($0)" }) {
            for part in ["self.query", "self.key", "self.value", "output.dense"] {
                tensors += linear("\(layer).attention.\(part)", hidden, hidden)
            }
            tensors += norm("\(layer).attention.output.LayerNorm") + linear("\(layer).intermediate.dense", hidden, intermediate)
            tensors += linear("\(layer).output.dense", intermediate, hidden) + norm("\(layer).output.LayerNorm")
        }
        let heads = configuration.hasSeparateOutputEmbeddings ? ["output_projection", "output_projection_out"] : ["output_projection"]
        for head in heads { tensors += block("\(head).0") + linear("\(head).1", hidden, embedding) }
        tensors += scaler("in_scaler", source) + scaler("scaler", embedding)
        if configuration.hasSeparateOutputEmbeddings { tensors += scaler("out_scaler", embedding) }
        if configuration.predictsBias { tensors += linear("bias_projection", hidden, 1) }
        return tensors
    }
}
