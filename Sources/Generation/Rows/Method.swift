import Hypernetworks

/// How new rows are made (specs/methods.md, sections 2.1, 2.2 and 2.4).
public enum Method: String, Sendable, CaseIterable {
    /// Predicted by the model's hypernetwork.
    case hypernetwork
    /// The mean of the rows of the token's pieces under the base tokenizer.
    case mean
    /// The same with weights by position, as `PieceWeighting` has them.
    case weighted
    /// The mean at each merge of a BPE vocabulary, from the base's own tokens up.
    case merge
    /// A sample of the normal distribution that each dimension of the base's rows has by itself.
    case normal
    /// A sample of the normal distribution with the base's covariance, scaled.
    case multivariate
    /// A sample of the normal distribution of the base's rows in the same script and position.
    case script
    /// The mean of the rows of the token's name and its description.
    case description
    /// The mean of the rows that the caller names, with the caller's weights.
    case explicit
    /// The mean of the rows of the tokens that stand in words like the token's: by the vectors of words.
    case wordVectors = "word_vectors"
    /// The sum of few rows that makes the token's row in a donor model: orthogonal matching pursuit.
    case omp
    /// The mean of the rows that are nearest to the token's in a donor model.
    case interpolation

    /// Whether rows are drawn at random, from a seed: all of them, or those that nothing is found for.
    public var isSampled: Bool {
        switch self {
        case .normal, .multivariate, .script, .wordVectors, .omp, .interpolation: true
        case .hypernetwork, .mean, .weighted, .merge, .description, .explicit: false
        }
    }

    /// What the model must have beside its base, as the setting is called; nil where that is all.
    public var modelNeeds: String? {
        switch self {
        case .hypernetwork: "hypernetwork"
        case .wordVectors: "token_vectors"
        case .omp, .interpolation: "donor"
        case .mean, .weighted, .merge, .normal, .multivariate, .script, .description, .explicit: nil
        }
    }

    /// What a request must hold beside the spelling of its tokens; nil where that is all.
    public var needs: String? {
        switch self {
        case .hypernetwork, .mean, .normal, .multivariate, .script, .wordVectors, .omp, .interpolation: nil
        case .weighted: "weighting"
        case .merge: "merges"
        case .description: "description"
        case .explicit: "sources"
        }
    }
}

/// A method with its parameters.
public struct MethodChoice: Sendable {
    public var method: Method
    /// For `weighted`, which cannot do without.
    public var weighting: PieceWeighting?
    /// The rules by which new tokens come about, for `merge`, which cannot do without.
    public var merges: MergeRules?
    /// How wide `multivariate` spreads: a factor to the base's covariance.
    public var covarianceScale = Self.defaultCovarianceScale
    /// How similarities become weights, for `wordVectors`.
    public var similarity = SimilarityWeighting.nearestTen
    /// For `omp`.
    public var pursuit = OrthogonalMatchingPursuit()
    /// For `interpolation`.
    public var interpolation = NeighborInterpolation()
    /// From which, together with each token's bytes, the methods that sample draw.
    public var seed: UInt64 = 0

    /// As Hewitt's note on new tokens has it.
    public static let defaultCovarianceScale: Float = 1e-5

    public init(_ method: Method = .hypernetwork) { self.method = method }

    /// Another method with the same parameters.
    public func with(_ method: Method) -> MethodChoice {
        var choice = self
        choice.method = method
        return choice
    }
}
