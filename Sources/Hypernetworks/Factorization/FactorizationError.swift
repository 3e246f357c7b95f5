import Tensors

/// Why a matrix cannot be factored, or a stored factorisation not be used.
public enum FactorizationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The elements are no 16- or 32-bit floats.
    case unreadable(TensorFileError)
    case invalidRank(Int, limit: Int)
    case notAMatrix(key: String, shape: [Int])
    case notFinite(key: String, file: String, row: Int)
    /// Squares of the matrix's numbers are too large for float32.
    case tooLarge(key: String, file: String)
    /// The file was made of another matrix: by its SHA-256.
    case otherMatrix(file: String, expected: String, found: String)
    /// Two primitives are not orthogonal, as those of a singular value decomposition are.
    case notOrthogonal(file: String, rows: [Int])

    public var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .invalidRank(let rank, let limit): "rank \(rank) is outside 1...\(limit)"
        case .notAMatrix(let key, let shape): "tensor \"\(key)\" has shape \(shape), a matrix has two dimensions"
        case .notFinite(let key, let file, let row): "row \(row) of tensor \"\(key)\" in \(file) is not finite"
        case .tooLarge(let key, let file): "tensor \"\(key)\" in \(file) has numbers that are not finite, or too large to be factored"
        case .otherMatrix(let file, let expected, let found):
            "\(file) was made of a matrix of SHA-256 \(found), this one's is \(expected): make it anew"
        case .notOrthogonal(let file, let rows):
            "primitives \(rows.map(String.init).joined(separator: " and ")) in \(file) are not orthogonal"
        }
    }
}
