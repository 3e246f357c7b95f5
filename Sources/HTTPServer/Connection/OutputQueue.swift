/// Bytes on their way to the client. Small pieces share a buffer, so that several answers leave in one write; a large body is
/// kept as it is, uncopied.
struct OutputQueue: Sendable {
    private var chunks: [[UInt8]] = []
    /// Bytes of the first chunk that have been written.
    private var written = 0

    /// Bodies from this size on are not copied.
    private static let largeBody = 16 << 10

    var isEmpty: Bool { chunks.isEmpty }

    /// Bytes that are still to be written.
    var count: Int { chunks.reduce(0) { $0 + $1.count } - written }

    mutating func append(_ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        if bytes.count >= Self.largeBody {
            chunks.append(bytes)
        } else {
            append { $0.append(contentsOf: bytes) }
        }
    }

    /// Lets `write` add to the last chunk, or to a new one if that is large.
    mutating func append(_ write: (inout [UInt8]) -> Void) {
        if chunks.isEmpty || chunks[chunks.count - 1].count >= Self.largeBody { chunks.append([]) }
        write(&chunks[chunks.count - 1])
    }

    /// The next bytes to write; `body` returns how many it wrote.
    mutating func writeFirst<Failure: Error>(
        _ body: (_ bytes: Span<UInt8>, _ isLast: Bool) throws(Failure) -> Int
    ) throws(Failure) {
        guard let first = chunks.first else { return }
        written += try body(first.span.extracting(written..<first.count), chunks.count == 1)
        if written == first.count {
            chunks.removeFirst()
            written = 0
        }
    }

    mutating func removeAll() {
        chunks = []
        written = 0
    }
}
