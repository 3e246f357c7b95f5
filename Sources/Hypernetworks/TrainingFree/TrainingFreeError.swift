/// Why a row cannot be made without a hypernetwork.
public enum TrainingFreeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A combination of no rows.
    case noPieces
    /// A weight is NaN or infinite; `index` counts the weights.
    case weightNotFinite(index: Int)
    /// The weights sum to nothing, or nearly so beside the sum of their magnitudes: dividing by it would blow the row up.
    case cancellingWeights(sum: Double, magnitude: Double)
    case rowOutOfRange(row: Int32, limit: Int)
    /// A variance cannot be scaled by a negative number, NaN or infinity.
    case invalidScale(Float)
    /// The table has no row to take statistics from.
    case noValidRows(table: String)
    /// The covariance of the table's rows has no Cholesky factor: its numbers are too large for float32.
    case covarianceNotFactored(table: String)
    /// The covariance of the table's rows has no principal axes, for the same reason.
    case noPrincipalAxes(table: String)
    /// A merge rule with nothing on one of its sides; `index` counts the rules.
    case emptyMergePart(index: Int)
    /// A part of the token is neither a token of the base nor the union of any rule.
    case unreachablePart([UInt8])
    /// More rules lead to the token than are followed.
    case tooManyMerges(limit: Int)

    public var description: String {
        switch self {
        case .noPieces: "a combination needs at least one row"
        case .weightNotFinite(let index): "weight \(index) is not finite"
        case .cancellingWeights(let sum, let magnitude):
            "the weights sum to \(sum), their magnitudes to \(magnitude): too little is left to divide by"
        case .rowOutOfRange(let row, let limit): "row \(row) is outside 0..<\(limit)"
        case .invalidScale(let scale): "a scale of \(scale) is no finite number from 0 on"
        case .noValidRows(let table): "\"\(table)\" has no row that statistics could be taken from"
        case .covarianceNotFactored(let table): "the covariance of the rows of \"\(table)\" cannot be factored"
        case .noPrincipalAxes(let table): "the rows of \"\(table)\" have no principal axes: their numbers are too large"
        case .emptyMergePart(let index): "merge rule \(index) has an empty side"
        case .unreachablePart(let part):
            "no merge rule leads to \"\(String(decoding: part, as: UTF8.self))\" and the base has no such token"
        case .tooManyMerges(let limit): "more than \(limit) merge rules lead to the token"
        }
    }
}
