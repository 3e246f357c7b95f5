import Tensors

/// Why the rows of a donor model cannot tell how to mix a base's rows.
public enum DonorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The elements are no 16- or 32-bit floats.
    case unreadable(TensorFileError)
    /// The table is no matrix.
    case wrongShape(table: String, found: [Int])
    /// A shared token has an id that the table does not have.
    case idOutOfRange(table: String, id: Int32, limit: Int)
    /// No shared token has a donor row that is finite and other than zero.
    case noSharedTokens(table: String)
    /// Matching pursuit with so many atoms needs wider rows: with fewer than four dimensions for an atom it fits noise.
    case tooNarrow(dimension: Int, atoms: Int)
    case invalidCount(Int)
    /// A new token's row is of another width than the table's.
    case wrongWidth(expected: Int, found: Int)
    /// A new token's row is zero or not finite, or matches no shared one.
    case noDirection
    /// Its weights cannot be used.
    case unusableWeights(TrainingFreeError)

    public var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .wrongShape(let table, let found): "donor table \"\(table)\" has shape \(found), expected two dimensions"
        case .idOutOfRange(let table, let id, let limit): "shared token \(id) is outside 0..<\(limit), the rows of \"\(table)\""
        case .noSharedTokens(let table): "no row of donor table \"\(table)\" is shared with the base and usable"
        case .tooNarrow(let dimension, let atoms):
            "donor rows of \(dimension) numbers are too narrow for \(atoms) atoms: each needs four"
        case .invalidCount(let count): "\(count) shared rows: at least one is needed"
        case .wrongWidth(let expected, let found): "the donor row has \(found) numbers, the table's have \(expected)"
        case .noDirection: "the donor row is zero or not finite, or matches no shared row"
        case .unusableWeights(let error): "\(error)"
        }
    }
}
