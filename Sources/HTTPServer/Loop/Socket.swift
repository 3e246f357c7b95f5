import Foundation

/// A non-blocking stream socket that is closed with its owner. The calls say what happened; none of them blocks or raises SIGPIPE.
struct Socket: ~Copyable {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    enum ReadResult {
        case bytes(Int)
        /// The peer has closed its sending side.
        case end
        /// Nothing is there now.
        case wouldBlock
        case failed
    }

    /// Reads into `buffer`.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> ReadResult {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed
            }
        }
    }

    enum WriteFailure: Error {
        case wouldBlock
        /// The peer is gone.
        case failed
    }

    /// Writes as much of `bytes` as fits into the socket's buffer.
    ///
    /// - Parameter isLast: false lets the kernel wait for more before it sends a packet.
    func write(_ bytes: Span<UInt8>, isLast: Bool) throws(WriteFailure) -> Int {
        let flags = Int32(MSG_NOSIGNAL) | (isLast ? 0 : Int32(MSG_MORE))
        while true {
            let count = bytes.withUnsafeBufferPointer { send(descriptor, $0.baseAddress, $0.count, flags) }
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: throw .wouldBlock
            default: throw .failed
            }
        }
    }

    /// Tells the peer that no more will come.
    func closeSending() { shutdown(descriptor, Int32(SHUT_WR)) }
}
