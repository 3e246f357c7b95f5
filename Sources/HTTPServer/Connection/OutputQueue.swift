/// Bytes on their way to the client. Small pieces share a buffer, so that several answers leave in one write; a large body is
/// kept as it is, uncopied.
struct OutputQueue: Sendable {
    private var chunks: [[UInt8]] = []
    /// Bytes of the first chunk that have been written.
    private var written = 0
    /// Bytes that are still to be written.
    private(set) var count = 0

    /// Bytes that take up memory: a chunk goes as a whole, once all of it has been written.
    var held: Int { count + written }

    /// Bodies from this size on are not copied: a second part of one system call costs less than copying them.
    private static let largeBody = 4 << 10

    var isEmpty: Bool { count == 0 }

    mutating func append(_ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        if bytes.count >= Self.largeBody {
            chunks.append(bytes)
            count += bytes.count
        } else {
            append { $0.append(contentsOf: bytes) }
        }
    }

    /// Lets `write` add to the last chunk, or to a new one if that is large.
    mutating func append(_ write: (inout [UInt8]) -> Void) {
        if chunks.isEmpty || chunks[chunks.count - 1].count >= Self.largeBody {
            var chunk: [UInt8] = []
            chunk.reserveCapacity(512)
            chunks.append(chunk)
        }
        let last = chunks.count - 1
        let before = chunks[last].count
        write(&chunks[last])
        count += chunks[last].count - before
    }

    /// The next bytes to write, in up to two parts; `write` returns how many it took.
    mutating func writeNext<Failure: Error>(
        _ write: (_ first: Span<UInt8>, _ second: Span<UInt8>, _ isLast: Bool) throws(Failure) -> Int
    ) throws(Failure) {
        guard count > 0 else { return }
        let first = chunks[0]
        let second = chunks.count > 1 ? chunks[1] : []
        var taken = try write(first.span.extracting(written...), second.span, chunks.count <= 2)
        count -= taken
        if count == 0 {
            // An idle connection keeps no buffer.
            chunks = []
            written = 0
            return
        }
        while taken > 0, case let left = chunks[0].count - written, taken >= left {
            taken -= left
            chunks.removeFirst()
            written = 0
        }
        written += taken
    }
}
