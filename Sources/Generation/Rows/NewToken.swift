import Tokenization

/// A token that a row is wanted for.
public struct NewToken: Sendable {
    public enum Spelling: Sendable {
        case bytes(TokenBytes)
        /// The ids of its surface form, as a caller has found them.
        case sourceIDs([Int32])
    }

    public var spelling: Spelling
    /// A code of the hypernetwork's.
    public var language: String?
    /// What the token means, for the method `description`.
    public var description: String?
    /// Rows of the base with weights, for the method `explicit`.
    public var weights: [(row: Int32, weight: Float)]

    public init(
        _ spelling: Spelling, language: String? = nil, description: String? = nil, weights: [(row: Int32, weight: Float)] = []
    ) {
        self.spelling = spelling
        self.language = language
        self.description = description
        self.weights = weights
    }
}
