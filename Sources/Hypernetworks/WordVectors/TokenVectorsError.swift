import Tensors

/// Why stored vectors of tokens cannot be used.
public enum TokenVectorsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file is no such file, or not for as many rows or of the width that are needed.
    case unreadable(TensorFileError)
    /// The file was made with another tokenizer, by its SHA-256; nil when it does not say.
    case otherTokenizer(file: String, expected: String, found: String?)
    /// The file was made of other word vectors, likewise.
    case otherWordVectors(file: String, expected: String, found: String?)

    public var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .otherTokenizer(let file, let expected, let found):
            "\(file) was made with a tokenizer.json of SHA-256 \(found ?? "unknown"), the base's is \(expected): make it anew"
        case .otherWordVectors(let file, let expected, let found):
            "\(file) was made of word vectors of SHA-256 \(found ?? "unknown"), the table's is \(expected): make it anew"
        }
    }
}
