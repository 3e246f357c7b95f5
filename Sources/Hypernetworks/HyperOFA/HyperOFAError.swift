/// Why a HyperOFA hypernetwork cannot be loaded or applied.
public enum HyperOFAError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadableConfiguration(file: String, reason: String)
    case missingKey(String, file: String)
    case invalidValue(key: String, value: String, expected: String, file: String)
    /// The checkpoint has a layer that the configuration knows nothing of.
    case unexpectedTensor(key: String)
    /// A factorisation of another rank than the coordinates have.
    case wrongRank(Int, expected: Int)
    case noWords
    case tooManyWords(count: Int, limit: Int)
    case wordIDOutOfRange(id: Int, limit: Int)
    case paddingWordID(id: Int)

    public var description: String {
        switch self {
        case .unreadableConfiguration(let file, let reason): "cannot read \(file): \(reason)"
        case .missingKey(let key, let file): "\(file) has no \"\(key)\""
        case .invalidValue(let key, let value, let expected, let file):
            "\"\(key)\" is \(value) in \(file), expected \(expected)"
        case .unexpectedTensor(let key): "the checkpoint has a tensor \"\(key)\", a layer more than its configuration"
        case .wrongRank(let rank, let expected): "a factorisation of rank \(rank) for coordinates of \(expected) numbers"
        case .noWords: "a token needs at least one word"
        case .tooManyWords(let count, let limit): "\(count) words, the hypernetwork reads at most \(limit)"
        case .wordIDOutOfRange(let id, let limit): "word id \(id) is outside 0..<\(limit)"
        case .paddingWordID(let id): "word id \(id) is the padding id, which stands for no word"
        }
    }
}
