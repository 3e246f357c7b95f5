import Hypernetworks
import Tokenization

/// A hypernetwork with what finds out what it reads of a token: what predicts the rows of new tokens.
public struct Predictor: Sendable {
    public let generator: RowGenerator
    /// Finds a token's pieces; nil for a hypernetwork that reads words that the token stands in.
    public let surfaceForms: SurfaceFormEncoder?

    public var hypernetwork: Hypernetwork { generator.hypernetwork }
}
