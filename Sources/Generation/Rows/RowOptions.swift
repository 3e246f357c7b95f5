import Hypernetworks
import Tensors

/// What rows are asked for, whatever tokens they are for.
public struct RowOptions: Sendable {
    public var choice = MethodChoice()
    public var norm = NormPolicy.none
    /// Of rows that leave as bytes.
    public var format = FloatFormat.float32
    public var outputs = Set(RowOutput.allCases)
    /// A code of the hypernetwork's, for tokens without one of their own.
    public var language: String?

    public init() {}

    /// What a file's metadata says of them.
    var metadata: [(key: String, value: String)] {
        var entries = [("method", choice.method.rawValue), ("norm", norm.rawValue)]
        if choice.method == .weighted, let weighting = choice.weighting { entries.append(("weighting", weighting.rawValue)) }
        if choice.method == .multivariate { entries.append(("scale", "\(choice.covarianceScale)")) }
        if choice.method.isSampled { entries.append(("seed", "\(choice.seed)")) }
        if let language { entries.append(("language", language)) }
        return entries
    }
}
