import Hypernetworks
import Tokenization

/// A hypernetwork with its tokenizer: what predicts the rows of new tokens.
public struct Predictor: Sendable {
    public let generator: RowGenerator
    public let surfaceForms: SurfaceFormEncoder

    public var hypernetwork: ZeTTHypernetwork { generator.hypernetwork }
}
