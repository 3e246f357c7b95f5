import JSON

/// Where a model keeps its input and output embedding matrices, by architecture.
public struct EmbeddingLayout: Sendable, Equatable {
    /// Tensor names of the input matrix, the first that exists counts: with and without the task head's prefix.
    public var inputKeys: [String]
    /// Tensor names of the output matrix, likewise.
    public var outputKeys: [String]
    /// Tensor names of the bias that is added to each token's logit, likewise; empty for a family that has none.
    public var biasKeys: [String]
    /// Whether the output matrix is the input matrix.
    public var isTied: Bool

    public init(inputKeys: [String], outputKeys: [String], biasKeys: [String] = [], isTied: Bool) {
        self.inputKeys = inputKeys
        self.outputKeys = outputKeys
        self.biasKeys = biasKeys
        self.isTied = isTied
    }

    /// The layout of a Hugging Face `model_type`; nil for one that is not in the table.
    public init?(modelType: String) {
        switch modelType {
        case "bert":
            self.init(
                inputKeys: Self.prefixed(["", "bert."], "embeddings.word_embeddings.weight"),
                outputKeys: ["cls.predictions.decoder.weight"],
                biasKeys: ["cls.predictions.bias", "cls.predictions.decoder.bias"], isTied: true)
        case "roberta", "xlm-roberta", "camembert":
            self.init(
                inputKeys: Self.prefixed(["", "roberta."], "embeddings.word_embeddings.weight"),
                outputKeys: ["lm_head.decoder.weight"], biasKeys: ["lm_head.bias", "lm_head.decoder.bias"], isTied: true)
        case "mpnet":
            self.init(
                inputKeys: Self.prefixed(["", "mpnet."], "embeddings.word_embeddings.weight"),
                outputKeys: ["lm_head.decoder.weight"], biasKeys: ["lm_head.bias", "lm_head.decoder.bias"], isTied: true)
        case "distilbert":
            self.init(
                inputKeys: Self.prefixed(["", "distilbert."], "embeddings.word_embeddings.weight"),
                outputKeys: ["vocab_projector.weight"], biasKeys: ["vocab_projector.bias"], isTied: true)
        case "albert":
            // Both matrices are narrower than the model: projections beside them widen the rows.
            self.init(
                inputKeys: Self.prefixed(["", "albert."], "embeddings.word_embeddings.weight"),
                outputKeys: ["predictions.decoder.weight"],
                biasKeys: ["predictions.bias", "predictions.decoder.bias"], isTied: true)
        case "modernbert":
            self.init(
                inputKeys: Self.prefixed(["", "model."], "embeddings.tok_embeddings.weight"),
                outputKeys: ["decoder.weight"], biasKeys: ["decoder.bias"], isTied: true)
        case "t5", "mt5":
            self.init(
                inputKeys: ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"],
                outputKeys: ["lm_head.weight"], isTied: true)
        case "bloom", "falcon":
            self.init(
                inputKeys: Self.prefixed(["transformer.", ""], "word_embeddings.weight"), outputKeys: ["lm_head.weight"],
                isTied: true)
        case "opt":
            self.init(
                inputKeys: Self.prefixed(["model.", ""], "decoder.embed_tokens.weight"), outputKeys: ["lm_head.weight"],
                isTied: true)
        case "gpt2":
            self.init(inputKeys: ["transformer.wte.weight", "wte.weight"], outputKeys: ["lm_head.weight"], isTied: true)
        case "gpt_neox":
            self.init(
                inputKeys: ["gpt_neox.embed_in.weight", "embed_in.weight"], outputKeys: ["embed_out.weight"],
                isTied: false)
        case "llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "phi3":
            self.init(inputKeys: Self.decoderKeys, outputKeys: ["lm_head.weight"], isTied: false)
        case "gemma", "gemma2", "gemma3_text":
            self.init(inputKeys: Self.decoderKeys, outputKeys: ["lm_head.weight"], isTied: true)
        case "gemma3":
            self.init(
                inputKeys: [
                    "language_model.model.embed_tokens.weight", "model.language_model.embed_tokens.weight",
                ],
                outputKeys: ["language_model.lm_head.weight", "lm_head.weight"], isTied: true)
        default:
            return nil
        }
    }

    private static let decoderKeys = prefixed(["model.", ""], "embed_tokens.weight")

    private static func prefixed(_ prefixes: [String], _ key: String) -> [String] { prefixes.map { $0 + key } }

    /// The layout of a model's `config.json`: the family's, unless `tie_word_embeddings` says otherwise.
    ///
    /// - Throws: `EmbeddingLayoutError.unknownModelType` when the family is not in the table.
    public init(configuration: JSONValue) throws(EmbeddingLayoutError) {
        let modelType = configuration["model_type"]?.string ?? ""
        guard var layout = EmbeddingLayout(modelType: modelType) else { throw .unknownModelType(modelType) }
        if let isTied = configuration["tie_word_embeddings"]?.boolean { layout.isTied = isTied }
        self = layout
    }
}

/// Why the embedding matrices of a base model cannot be found.
public enum EmbeddingLayoutError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownModelType(String)
    case noMatrix(role: String, lookedFor: [String], folder: String)
    case notAMatrix(key: String, shape: [Int])
    /// Input and output matrix differ in shape.
    case shapesDiffer(input: [Int], output: [Int])

    public var description: String {
        switch self {
        case .unknownModelType(let type):
            "model_type \"\(type)\" in the base model's config.json is not known: name its matrices with"
                + " --input-embeddings and --output-embeddings"
        case .noMatrix(let role, let lookedFor, let folder):
            "no \(role) embedding matrix in \(folder): looked for \(lookedFor.joined(separator: ", "))"
        case .notAMatrix(let key, let shape): "tensor \"\(key)\" has shape \(shape), an embedding matrix has two dimensions"
        case .shapesDiffer(let input, let output):
            "the input embeddings have shape \(input), the output embeddings \(output)"
        }
    }
}

/// The embedding matrices of a base model, still in their files: one when tied, two of equal shape otherwise; and the bias of
/// its output, if the checkpoint has one.
public struct EmbeddingMatrices: Sendable {
    public let input: MappedTensor
    /// The output matrix, or nil for a tied model.
    public let output: MappedTensor?
    /// The output biases, (rows); nil when the checkpoint has none: many are saved without their head.
    public let bias: MappedTensor?

    public var rows: Int { input.shape[0] }
    public var dimension: Int { input.shape[1] }

    /// - Throws: `EmbeddingLayoutError`, or `TensorFileError` for elements that are no 16- or 32-bit floats, or for a bias that
    ///   is not one number a row.
    public init(checkpoint: Checkpoint, layout: EmbeddingLayout) throws {
        input = try Self.find(layout.inputKeys, role: "input", in: checkpoint)
        output = layout.isTied ? nil : try Self.find(layout.outputKeys, role: "output", in: checkpoint)
        if let output, output.shape != input.shape {
            throw EmbeddingLayoutError.shapesDiffer(input: input.shape, output: output.shape)
        }
        bias = try layout.biasKeys.lazy.compactMap { checkpoint[$0] }.first?.expecting(shape: [input.shape[0]])
    }

    private static func find(_ keys: [String], role: String, in checkpoint: Checkpoint) throws -> MappedTensor {
        guard let tensor = keys.lazy.compactMap({ checkpoint[$0] }).first else {
            throw EmbeddingLayoutError.noMatrix(role: role, lookedFor: keys, folder: checkpoint.folder)
        }
        guard tensor.shape.count == 2 else {
            throw EmbeddingLayoutError.notAMatrix(key: tensor.key, shape: tensor.shape)
        }
        return try tensor.expectingFloats()
    }
}
