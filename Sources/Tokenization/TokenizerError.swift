/// Why a tokenizer.json cannot be used.
public enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    /// The file is no JSON.
    case malformed(file: String, reason: String)
    /// A member is missing or not what it must be; `pointer` is a JSON pointer into the file.
    case invalid(file: String, pointer: String, expected: String)
    /// The file asks for something that is not built.
    case unsupported(file: String, pointer: String, value: String)
    /// Nothing in the file tells how its entries spell bytes; `seen` is what was looked at.
    case unknownForm(file: String, seen: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "cannot read \(file): \(reason)"
        case .malformed(let file, let reason): "\(file) is not JSON: \(reason)"
        case .invalid(let file, let pointer, let expected): "\(file): \(pointer) must be \(expected)"
        case .unsupported(let file, let pointer, let value): "\(file): \(pointer) is \(value), which is not supported"
        case .unknownForm(let file, let seen): "\(file): the form of its entries cannot be told; looked at \(seen)"
        }
    }
}
