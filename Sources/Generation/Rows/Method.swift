import Hypernetworks

/// How new rows are made (specs/methods.md, section 2.1).
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

    /// Whether rows are drawn at random, from a seed.
    public var isSampled: Bool { [.normal, .multivariate, .script].contains(self) }

    /// What a request must hold beside the spelling of its tokens; nil where that is all.
    public var needs: String? {
        switch self {
        case .hypernetwork, .mean, .normal, .multivariate, .script: nil
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
