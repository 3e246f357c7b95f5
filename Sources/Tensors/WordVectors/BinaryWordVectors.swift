/// Word vectors as word2vec writes them with `-binary 1`: a line with the number of words and the numbers of each, then for
/// each a word, a space, and little-endian float32 numbers; a line feed before a word is no part of it.
public struct BinaryWordVectors: WordVectorSource {
    public var path: String { file.path }
    public let dimension: Int
    public var byteCount: Int { file.count }
    public private(set) var bytesRead: Int

    private let file: MappedFile
    private let announcedCount: Int
    private var count = 0

    private static let maximumHeaderLength = 64
    private static let maximumWordLength = 65_535
    /// What a fastText model begins with: its vectors are sums over parts of words, so it is another format of the same name.
    private static let fastTextMark: [UInt8] = [0xBA, 0x16, 0x4F, 0x2F]

    /// - Throws: `TensorFileError.unreadable`, or `.malformed` for a header that does not fit the file.
    public init(path: String) throws(TensorFileError) {
        file = try MappedFile(path: path)
        let start = file.bytes(in: 0..<min(file.count, Self.maximumHeaderLength))
        guard !start.starts(with: Self.fastTextMark) else {
            throw .malformed(
                file: path, problem: "a fastText model; its vectors of words are in the .vec file beside it", byteOffset: 0)
        }
        guard let end = start.firstIndex(of: UInt8(ascii: "\n")) else {
            throw .malformed(file: path, problem: "no line with the numbers of words and dimensions", byteOffset: 0)
        }
        let fields = start[..<end].split(separator: space).map { Int(String(decoding: $0, as: UTF8.self)) }
        guard fields.count == 2, let words = fields[0], let width = fields[1], words >= 0, width > 0 else {
            throw .malformed(file: path, problem: "the first line is not two numbers, of words and dimensions", byteOffset: 0)
        }
        let (rowBytes, rowOverflow) = width.multipliedReportingOverflow(by: 4)
        let (rowsBytes, overflow) = words.multipliedReportingOverflow(by: rowBytes)
        guard !rowOverflow, !overflow, rowBytes <= file.count, rowsBytes <= file.count - end else {
            throw .malformed(
                file: path,
                problem: "\(words) words of \(width) numbers do not fit in \(file.count) bytes: has the file been cut short?",
                byteOffset: 0)
        }
        announcedCount = words
        dimension = width
        bytesRead = end + 1
    }

    public mutating func next(_ vector: inout [Float]) throws(TensorFileError) -> [UInt8]? {
        guard count < announcedCount else {
            let rest = file.withBytes(in: bytesRead..<file.count) { $0.allSatisfy { $0 == UInt8(ascii: "\n") } }
            guard rest else { throw malformed("more bytes than the \(announcedCount) words of the first line", at: bytesRead) }
            return nil
        }
        let start = bytesRead
        let limit = min(file.count, start + Self.maximumWordLength)
        let end = file.withBytes(in: start..<limit) { $0.firstIndex(of: space).map { start + $0 } }
        guard let end else {
            throw malformed("word \(count + 1) of \(announcedCount) has no end within \(limit - start) bytes", at: start)
        }
        let numbers = end + 1..<end + 1 + dimension * 4
        guard numbers.upperBound <= file.count else {
            throw malformed("the file ends within word \(count + 1) of \(announcedCount)", at: file.count)
        }
        let bytes = file.withBytes(in: start..<end) { Array($0.drop { $0 == UInt8(ascii: "\n") }) }
        file.withBytes(in: numbers) { source in vector.withUnsafeMutableBytes { $0.copyMemory(from: source) } }
        if let column = vector.firstIndex(where: { !$0.isFinite }) {
            throw malformed("number \(column + 1) of word \(count + 1) is not finite", at: numbers.lowerBound + column * 4)
        }
        count += 1
        bytesRead = numbers.upperBound
        return bytes
    }

    private func malformed(_ problem: String, at offset: Int) -> TensorFileError {
        .malformed(file: path, problem: problem, byteOffset: offset)
    }
}
