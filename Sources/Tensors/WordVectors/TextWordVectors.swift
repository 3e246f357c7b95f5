#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Word vectors as text: a line for each word, the word and its numbers between single spaces.
///
/// word2vec and fastText begin with a line of two numbers, how many words there are and how many numbers each has; GloVe does
/// not. The last numbers of a line are the vector, and all before them is the word, since GloVe's largest files have words with
/// spaces.
public struct TextWordVectors: WordVectorSource {
    public var path: String { file.path }
    public let dimension: Int
    public var byteCount: Int { file.count }
    public private(set) var bytesRead = 0

    private let file: MappedFile
    /// What the first line says, if it says anything.
    private let announcedCount: Int?
    private var count = 0
    private var line = 0

    /// - Throws: `TensorFileError.unreadable`, or `.malformed` for a first line that is neither a header nor a word's.
    public init(path: String) throws(TensorFileError) {
        file = try MappedFile(path: path)
        let first = Self.line(of: file, from: 0)
        let fields = file.withBytes(in: first.text) {
            $0.split(separator: space, omittingEmptySubsequences: true).map(Array.init)
        }
        let numbers = fields.map { Int(String(decoding: $0, as: UTF8.self)) }
        if fields.count == 2, let words = numbers[0], let width = numbers[1] {
            guard words >= 0, width > 0, width <= file.count, words <= file.count else {
                throw .malformed(
                    file: path, problem: "line 1: \(words) words of \(width) numbers do not fit in \(file.count) bytes",
                    byteOffset: 0)
            }
            announcedCount = words
            dimension = width
            bytesRead = first.next
            line = 1
        } else {
            guard fields.count >= 2 else {
                throw .malformed(file: path, problem: "line 1: neither a header nor a word with its numbers", byteOffset: 0)
            }
            announcedCount = nil
            dimension = fields.count - 1
        }
    }

    public mutating func next(_ vector: inout [Float]) throws(TensorFileError) -> [UInt8]? {
        let found = Self.line(of: file, from: bytesRead)
        let start = bytesRead
        // An empty last line is none.
        if start == file.count || found.text.isEmpty && found.next == file.count {
            if let announcedCount, count < announcedCount {
                throw malformed(
                    "the file ends after \(count) words of the \(announcedCount) that line 1 announces", at: file.count)
            }
            return nil
        }
        line += 1
        if let announcedCount, count == announcedCount {
            throw malformed("more words than the \(announcedCount) that line 1 announces", at: start)
        }
        bytesRead = found.next
        let parsed = file.withBytes(in: found.text) { text in Self.parse(text, into: &vector) }
        switch parsed {
        case .success(let word):
            count += 1
            return word
        case .failure(let problem): throw malformed(problem.text, at: start + problem.offset)
        }
    }

    private struct Problem: Error {
        var text: String
        var offset: Int
    }

    /// Reads the numbers from the last to the first; what is left is the word.
    private static func parse(_ text: UnsafeRawBufferPointer, into vector: inout [Float]) -> Result<[UInt8], Problem> {
        var end = text.count
        for column in vector.indices.reversed() {
            var start = end
            while start > 0, text[start - 1] != space { start -= 1 }
            guard start > 1 else {
                return .failure(
                    Problem(text: "\(vector.count - 1 - column) numbers behind the word, expected \(vector.count)", offset: 0))
            }
            let field = UnsafeRawBufferPointer(rebasing: text[start..<end])
            guard let value = DecimalFloat.parse(field), value.isFinite else {
                let shown = String(decoding: field.prefix(32), as: UTF8.self)
                return .failure(
                    Problem(text: "number \(column + 1) is \"\(shown)\", which is no finite float32", offset: start))
            }
            vector[column] = value
            end = start - 1
        }
        let word = text[..<end]
        // Further numbers would become a part of the word: they are no word's, whatever spaces it may have.
        if let last = word.lastIndex(of: space),
            DecimalFloat.parse(UnsafeRawBufferPointer(rebasing: word[(last + 1)...])) != nil
        {
            return .failure(Problem(text: "more than \(vector.count) numbers behind the word", offset: last + 1))
        }
        return .success(Array(word))
    }

    /// The line that begins at `start`, without its end and the spaces before that, and where the next one begins.
    private static func line(of file: MappedFile, from start: Int) -> (text: Range<Int>, next: Int) {
        file.withBytes(in: start..<file.count) { rest in
            var length = rest.count
            if let base = rest.baseAddress, let newline = memchr(base, Int32(UInt8(ascii: "\n")), rest.count) {
                length = UnsafeRawPointer(newline) - base
            }
            let next = start + min(length + 1, rest.count)
            while length > 0, rest[length - 1] == UInt8(ascii: "\r") || rest[length - 1] == space { length -= 1 }
            return (start..<start + length, next)
        }
    }

    private func malformed(_ problem: String, at offset: Int) -> TensorFileError {
        .malformed(file: path, problem: "line \(line): \(problem)", byteOffset: offset)
    }
}

let space = UInt8(ascii: " ")
