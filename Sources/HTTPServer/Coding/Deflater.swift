import CZlib

/// Compresses a body piece by piece, as gzip (RFC 1952) or in the zlib format that HTTP calls deflate (RFC 1950).
///
/// Takes up 280 kB: zlib's hash chains and window, and a buffer.
struct Deflater: ~Copyable, Sendable {
    private var stream: ZlibStream

    /// Nil for identity, and when there is no memory: either way the body goes out as it is.
    ///
    /// - Parameter level: from 1, the fastest, to 9, the smallest; what lies outside counts as the nearer end.
    init?(_ coding: ContentCoding, level: Int) {
        guard let windowBits = coding.windowBits,
            let stream = ZlibStream(deflatingAtLevel: Int32(min(max(level, 1), 9)), windowBits: windowBits)
        else { return nil }
        self.stream = stream
    }

    /// Compresses `input`; much of it may stay inside until more comes.
    mutating func append(_ input: Span<UInt8>, to output: inout [UInt8]) { run(input, flush: Z_NO_FLUSH, to: &output) }

    /// Brings out all that was appended so far, so that the client can read a streamed line before the next is written. Costs
    /// about five bytes each time.
    mutating func flush(to output: inout [UInt8]) { run(Span(), flush: Z_SYNC_FLUSH, to: &output) }

    /// Brings out what is left, and the checksum.
    consuming func finish(to output: inout [UInt8]) { run(Span(), flush: Z_FINISH, to: &output) }

    private mutating func run(_ input: Span<UInt8>, flush: Int32, to output: inout [UInt8]) {
        var position = 0
        var hasMore = true
        while hasMore {
            let step = stream.step(input.extracting(position...), flush: flush)
            stream.appendProduct(of: step, to: &output)
            position += step.consumed
            hasMore = position < input.count || step.filledBuffer
        }
    }
}
