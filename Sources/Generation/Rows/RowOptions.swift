import Hypernetworks
import Tensors

/// What rows are asked for, whatever tokens they are for.
public struct RowOptions: Sendable {
    public var choice = MethodChoice()
    public var norm = NormPolicy.none
    /// Of rows that leave as bytes.
    public var format = FloatFormat.float32
    /// Coordinates are not among them unless they are asked for.
    public var outputs: Set<RowOutput> = [.input, .output, .bias]
    /// A code of the hypernetwork's, for tokens without one of their own.
    public var language: String?

    public init() {}

    /// What a file's metadata says of them: all that decides what rows `model` makes.
    public func metadata(for model: EmbeddingModel) -> [(key: String, value: String)] {
        var entries = [("method", choice.method.rawValue), ("norm", norm.rawValue)]
        entries += choice.parameters
        if choice.method.isSampled || model.readsWords(for: choice.method) { entries.append(("seed", "\(choice.seed)")) }
        if let language { entries.append(("language", language)) }
        return entries
    }
}
