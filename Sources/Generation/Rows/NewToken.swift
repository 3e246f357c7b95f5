import Tokenization

/// A token that a row is wanted for.
public struct NewToken: Sendable, Hashable {
    public enum Spelling: Sendable, Hashable {
        case bytes(TokenBytes)
        /// The ids of its surface form, as a caller has found them.
        case sourceIDs([Int32])
    }

    /// A row of the base that goes into the token's.
    public struct WeightedRow: Sendable, Hashable {
        public var row: Int32
        public var weight: Double

        public init(row: Int32, weight: Double) {
            self.row = row
            self.weight = weight
        }
    }

    public var spelling: Spelling
    /// A code of the hypernetwork's.
    public var language: String?
    /// What the token means, for the method `description`.
    public var description: String?
    /// For the method `explicit`.
    public var weights: [WeightedRow]
    /// Ids of words that the token stands in, as a caller has found them; nil for those of the model's own table.
    public var wordIDs: [Int32]?

    public init(
        _ spelling: Spelling, language: String? = nil, description: String? = nil, weights: [WeightedRow] = [],
        wordIDs: [Int32]? = nil
    ) {
        self.spelling = spelling
        self.language = language
        self.description = description
        self.weights = weights
        self.wordIDs = wordIDs
    }

    /// The same for tokens that mean the same, whether the normaliser had to change their text or not.
    public var identity: NewToken {
        guard case .bytes(var token) = spelling else { return self }
        token.isNormalized = false
        var identity = self
        identity.spelling = .bytes(token)
        return identity
    }
}
