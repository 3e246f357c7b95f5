import Tensors

/// Pairs of words that mean the same in two languages, which `OrthogonalAlignment` goes by.
///
/// The file is UTF-8 text with a pair in a line, a tab between the two; empty lines and those that begin with `#` say nothing.
public struct TranslationDictionary: Sendable {
    public let file: MappedFile
    public let pairs: [(source: String, target: String)]

    /// - Throws: `TranslationDictionaryError` with the file, and the line that is wrong.
    public init(path: String) throws(TranslationDictionaryError) {
        do throws(TensorFileError) {
            file = try MappedFile(path: path)
        } catch {
            throw .unreadable(error)
        }
        var pairs: [(source: String, target: String)] = []
        let lines = file.bytes(in: 0..<file.count).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() {
            let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
            guard let first = bytes.first, first != UInt8(ascii: "#") else { continue }
            // As bytes: what Swift takes for a character may begin with a tab.
            let words = bytes.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            guard words.count == 2, !words[0].isEmpty, !words[1].isEmpty else { throw .noPair(file: path, line: index + 1) }
            guard let source = String(validating: words[0], as: UTF8.self), let target = String(validating: words[1], as: UTF8.self)
            else { throw .notUTF8(file: path, line: index + 1) }
            pairs.append((source, target))
        }
        self.pairs = pairs
    }
}

/// Why a file is no dictionary.
public enum TranslationDictionaryError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(TensorFileError)
    case notUTF8(file: String, line: Int)
    /// A line, counted from 1, is not two words with a tab between them.
    case noPair(file: String, line: Int)

    public var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .notUTF8(let file, let line): "\(file):\(line): not UTF-8"
        case .noPair(let file, let line): "\(file):\(line): a line has two words with a tab between them"
        }
    }
}
