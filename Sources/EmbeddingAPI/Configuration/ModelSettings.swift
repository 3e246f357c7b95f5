import Generation
import Tensors

/// A model that the service is to load, and what requests may do with it.
public struct ModelSettings: Sendable, Equatable {
    /// What requests call it.
    public var name: String
    /// Folder of the base model; nil for the model that comes with the binary.
    public var base: String?
    /// Folder of the hypernetwork; nil for a base without one. The model that comes with the binary has its own.
    public var hypernetwork: String?
    /// Tensor of the base's input embeddings; nil to go by its `config.json`.
    public var inputEmbeddings: String?
    /// Tensor of the base's output embeddings, where `inputEmbeddings` is named; nil for a tied base.
    public var outputEmbeddings: String?
    public var parts = ModelPartPaths()
    /// How the hypernetwork's weights are kept in memory.
    public var weights = FloatFormat.float32
    /// For finished rows.
    public var cacheBytes = RowGenerator.defaultCacheBytes
    /// What requests may ask for; nil for everything that the model can do.
    public var methods: Set<Method>?
    /// Tokens of one request; nil for as many as `RequestLimits` allows.
    public var maximumTokens: Int?

    public init(name: String) { self.name = name }
}
