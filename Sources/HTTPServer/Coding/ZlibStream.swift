import CZlib

/// One run of zlib, in either direction, which writes into a small buffer of its own.
///
/// `@unchecked Sendable` because of the pointer: this value is its only owner, and cannot be copied.
struct ZlibStream: ~Copyable, @unchecked Sendable {
    /// What one call of zlib did.
    struct Step {
        /// zlib's return code.
        var status: Int32
        /// Bytes taken from the input.
        var consumed: Int
        /// Bytes put into the buffer.
        var produced: Int
        /// Whether there may be more to come without more input.
        var filledBuffer: Bool
    }

    private enum Direction { case deflating, inflating }

    private let direction: Direction
    /// On the heap, because zlib's state keeps a pointer back to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)

    /// - Returns: nil if there is no memory.
    init?(deflatingAtLevel level: Int32, windowBits: Int32) {
        self.init(.deflating) { czlib_deflate_init($0, level, windowBits) }
    }

    /// - Returns: nil if there is no memory.
    init?(inflatingWithWindowBits windowBits: Int32) {
        self.init(.inflating) { czlib_inflate_init($0, windowBits) }
    }

    private init?(_ direction: Direction, open: (UnsafeMutablePointer<z_stream>) -> Int32) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard open(stream) == Z_OK else {
            stream.deallocate()
            return nil
        }
        self.direction = direction
        self.stream = stream
    }

    deinit {
        switch direction {
        case .deflating: deflateEnd(stream)
        case .inflating: inflateEnd(stream)
        }
        stream.deallocate()
    }

    /// Lets zlib take what it can of `input`, and make what fits into the buffer.
    mutating func step(_ input: Span<UInt8>, flush: Int32) -> Step {
        let (direction, stream) = (direction, stream)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            input.withUnsafeBufferPointer { input in
                // zlib counts in 32 bits: what is beyond them waits for the next step.
                let offered = UInt32(clamping: input.count)
                let space = UInt32(clamping: buffer.count)
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = offered
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = space
                let status =
                    switch direction {
                    case .deflating: CZlib.deflate(stream, flush)
                    case .inflating: CZlib.inflate(stream, flush)
                    }
                // Neither pointer is valid any longer.
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
                return Step(
                    status: status, consumed: Int(offered - stream.pointee.avail_in),
                    produced: Int(space - stream.pointee.avail_out), filledBuffer: stream.pointee.avail_out == 0)
            }
        }
    }

    /// What the last step, which was `step`, put into the buffer.
    func appendProduct(of step: Step, to output: inout [UInt8]) {
        output.append(contentsOf: buffer[..<step.produced])
    }

    /// Begins a new stream of the same format; only for inflating.
    mutating func restart() { inflateReset(stream) }

    /// Begins a new stream without header and checksum; only for inflating.
    mutating func restartWithBareDeflate() { inflateReset2(stream, -MAX_WBITS) }

    /// What zlib says about the last step, if it failed.
    var message: String { stream.pointee.msg.map { String(cString: $0) } ?? "invalid data" }
}

extension ContentCoding {
    /// How zlib is told the format: the largest window, and 16 more for gzip. Nil for identity, which is none of zlib's business.
    var windowBits: Int32? {
        switch self {
        case .identity: nil
        case .gzip: MAX_WBITS + 16
        case .deflate: MAX_WBITS
        }
    }
}
