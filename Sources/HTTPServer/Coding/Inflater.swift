import CZlib

/// Decompresses a request's body piece by piece.
///
/// - gzip (RFC 1952): one member or several in a row. Nothing else may follow, no padding either.
/// - deflate: the zlib format (RFC 1950) that RFC 9110 section 8.4.1.2 means, or the bare deflate (RFC 1951) that some senders
///   take it for. The first byte tells: zlib's ends in the bits 1000, which in bare deflate would be a stored block with
///   padding that is not zero, and no encoder writes that.
///
/// The limits hold for the body as a whole and are checked each time a buffer of 16 kB is full, before it is appended: the
/// output never passes them. After an error an inflater is of no more use. Takes up 56 kB.
struct Inflater: ~Copyable, Sendable {
    private enum Phase { case beforeFirstByte, inside, behindEnd }

    private let coding: ContentCoding
    private let limits: InflationLimits
    private var stream: ZlibStream
    private var phase = Phase.beforeFirstByte
    private var consumed = 0
    private var produced = 0

    /// Nil for identity, which there is nothing to do about.
    ///
    /// - Throws: `outOfMemory`.
    init?(_ coding: ContentCoding, limits: InflationLimits) throws(ContentCodingError) {
        guard let windowBits = coding.windowBits else { return nil }
        guard let stream = ZlibStream(inflatingWithWindowBits: windowBits) else { throw .outOfMemory }
        self.coding = coding
        self.limits = limits
        self.stream = stream
    }

    /// Decompresses `input`, all of it.
    mutating func append(_ input: Span<UInt8>, to output: inout [UInt8]) throws(ContentCodingError) {
        var position = 0
        while position < input.count {
            if phase != .inside { try begin(with: input[position]) }
            let count = min(limits.stride(produced: produced, consumed: consumed), input.count - position)
            position += try inflate(input.extracting(position..<position + count), to: &output)
        }
    }

    /// Confirms that the body was complete.
    consuming func finish() throws(ContentCodingError) {
        guard phase == .behindEnd else { throw .truncated }
    }

    /// Prepares for a first byte: of the body, or of what follows its coding's end.
    private mutating func begin(with byte: UInt8) throws(ContentCodingError) {
        switch (coding, phase) {
        case (.deflate, .beforeFirstByte):
            // RFC 1950 section 2.2: the low half of the first byte is 8, for deflate.
            if byte & 0x0F != 8 { stream.restartWithBareDeflate() }
        case (.gzip, .behindEnd):
            // RFC 1952 section 2.3.1: a member begins with 1F 8B.
            guard byte == 0x1F else { throw .trailingData }
            stream.restart()
        case (_, .behindEnd):
            throw .trailingData
        default:
            break
        }
        phase = .inside
    }

    /// Decompresses up to the end of `input` or of the coding.
    ///
    /// - Returns: how many bytes of the input that took.
    private mutating func inflate(_ input: Span<UInt8>, to output: inout [UInt8]) throws(ContentCodingError) -> Int {
        var position = 0
        var hasMore = true
        while hasMore {
            let step = stream.step(input.extracting(position...), flush: Z_NO_FLUSH)
            position += step.consumed
            consumed += step.consumed
            produced += step.produced
            try limits.check(produced: produced, consumed: consumed)
            stream.appendProduct(of: step, to: &output)
            phase = try phase(after: step.status)
            hasMore = phase == .inside && step.filledBuffer
        }
        return position
    }

    private func phase(after status: Int32) throws(ContentCodingError) -> Phase {
        switch status {
        case Z_STREAM_END: return .behindEnd
        // Z_BUF_ERROR: the step before filled the buffer with the last there was.
        case Z_OK, Z_BUF_ERROR: return .inside
        case Z_NEED_DICT: throw .presetDictionary
        case Z_MEM_ERROR: throw .outOfMemory
        default: throw Self.corruption(stream.message)
        }
    }

    /// zlib has one code for all corruption; only its words tell a wrong checksum or length at the end from the rest.
    private static func corruption(_ message: String) -> ContentCodingError {
        ["incorrect data check", "incorrect length check"].contains(message) ? .checksumMismatch : .corrupt(reason: message)
    }
}
