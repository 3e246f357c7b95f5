import Tensors

/// Where the files of a model are.
public struct ModelPaths: Sendable {
    /// Folder of the base: `config.json`, `tokenizer.json`, `model.safetensors`.
    public var base: String
    /// Folder of the hypernetwork: those of its own for ZeTT, `model_config.yaml` and `model.ckpt` for HyperOFA; nil to do without.
    public var hypernetwork: String?
    /// Where the base keeps its matrices; nil to go by its `config.json`.
    public var layout: EmbeddingLayout?
    public var parts: ModelPartPaths

    public init(
        base: String, hypernetwork: String? = nil, layout: EmbeddingLayout? = nil, parts: ModelPartPaths = ModelPartPaths()
    ) {
        self.base = base
        self.hypernetwork = hypernetwork
        self.layout = layout
        self.parts = parts
    }
}

/// Where those files are that a model may have beside its base and its hypernetwork; nil for what it does without.
public struct ModelPartPaths: Sendable, Equatable {
    /// Vectors of words, which new tokens are looked up in.
    public var wordVectors: String?
    /// Coordinates and primitives of the base's input matrix; nil to make them where a hypernetwork predicts coordinates.
    public var factorization: String?
    /// Vectors of the base's tokens among those of words, as `hyperembed token-vectors` makes them.
    public var tokenVectors: String?
    /// Vectors of words of the base's language, where the token vectors are made of these and new tokens are of another language.
    public var sourceWordVectors: String?
    /// Words of the base's language with their translations, for `sourceWordVectors`.
    public var dictionary: String?
    /// Folder of a model that has rows for tokens which the base lacks; the same files as the base's.
    public var donor: String?

    public init() {}
}
