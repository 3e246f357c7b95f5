import Tensors

/// Why vectors of tokens in another space cannot tell how to mix a base's rows.
public enum AuxiliaryVectorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The elements are no 16- or 32-bit floats.
    case unreadable(TensorFileError)
    /// The table has not one vector for each row of the base.
    case wrongShape(table: String, expectedRows: Int, found: [Int])
    /// No vector of the table is finite, other than zero, and allowed by the mask.
    case noUsableRows(table: String)
    /// A new token's vector is of another width than the table's; `index` counts the tokens.
    case wrongWidth(index: Int, expected: Int, found: Int)
    /// A softmax over fewer than one row.
    case invalidCount(Int)
    /// A temperature is no finite number above 0.
    case invalidTemperature(Float)

    public var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .wrongShape(let table, let expectedRows, let found):
            "\"\(table)\" has shape \(found), expected \(expectedRows) rows: one vector for each row of the base"
        case .noUsableRows(let table): "\"\(table)\" has no usable vector: all are zero, not finite or masked"
        case .wrongWidth(let index, let expected, let found):
            "the vector of token \(index) has \(found) numbers, the table's have \(expected)"
        case .invalidCount(let count): "\(count) nearest rows: at least one is needed"
        case .invalidTemperature(let temperature): "a temperature of \(temperature) is no finite number above 0"
        }
    }
}
