/// Why a hypernetwork cannot be loaded or applied.
public enum HypernetworkError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A file of the hypernetwork's folder cannot be used.
    case unreadableConfiguration(file: String, reason: String)
    case missingKey(String)
    case invalidValue(key: String, value: String, expected: String)
    /// The configuration asks for something that is not built; `value` is what it asks for.
    case unsupported(key: String, value: String, supported: String)
    /// The base model does not fit the hypernetwork.
    case wrongBaseWidth(expected: Int, found: Int)
    case tooFewBaseRows(expected: Int, found: Int)
    case sourceIDOutOfRange(id: Int, limit: Int)
    case paddingSourceID(id: Int)
    case emptySequence
    case sequenceTooLong(count: Int, limit: Int)

    public var description: String {
        switch self {
        case .unreadableConfiguration(let file, let reason): "cannot read \(file): \(reason)"
        case .missingKey(let key): "the hypernetwork's config.json has no \"\(key)\""
        case .invalidValue(let key, let value, let expected):
            "\"\(key)\" is \(value) in the hypernetwork's config.json, expected \(expected)"
        case .unsupported(let key, let value, let supported):
            "the hypernetwork's config.json sets \"\(key)\" to \(value), which is not supported: only \(supported) is"
        case .wrongBaseWidth(let expected, let found):
            "the hypernetwork was trained for embeddings of width \(expected), the base model's have \(found)"
        case .tooFewBaseRows(let expected, let found):
            "the hypernetwork was trained for \(expected) base rows, the base model has \(found)"
        case .sourceIDOutOfRange(let id, let limit): "source id \(id) is outside 0..<\(limit)"
        case .paddingSourceID(let id): "source id \(id) is the padding id, which stands for no piece"
        case .emptySequence: "a token needs at least one source id"
        case .sequenceTooLong(let count, let limit): "\(count) source ids, the hypernetwork reads at most \(limit)"
        }
    }
}
