import Hypernetworks
import Tokenization

/// A hypernetwork with what finds out what it reads of a token: what predicts the rows of new tokens.
public struct Predictor: Sendable {
    /// What a hypernetwork reads.
    public enum Reading: Sendable {
        /// The pieces of the token, as its own tokenizer has them.
        case pieces(SurfaceFormEncoder)
        /// Words that the token stands in.
        case words
    }

    public let generator: RowGenerator
    public let reading: Reading

    public var hypernetwork: Hypernetwork { generator.hypernetwork }
}
