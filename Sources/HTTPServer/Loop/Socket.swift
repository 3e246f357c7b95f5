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

    /// Writes as much of `first` and then of `second` as fits into the socket's buffer.
    ///
    /// - Parameter isLast: false lets the kernel wait for more before it sends a packet.
    func write(_ first: Span<UInt8>, _ second: Span<UInt8>, isLast: Bool) throws(WriteFailure) -> Int {
        let flags = Int32(MSG_NOSIGNAL) | (isLast ? 0 : Int32(MSG_MORE))
        while true {
            let count = first.withUnsafeBufferPointer { first in
                if second.isEmpty { return send(descriptor, first.baseAddress, first.count, flags) }
                return second.withUnsafeBufferPointer { second in gather(first, second, flags) }
            }
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: throw .wouldBlock
            default: throw .failed
            }
        }
    }

    private func gather(_ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>, _ flags: Int32) -> Int {
        var parts = (
            iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
        )
        return withUnsafeMutableBytes(of: &parts) { parts in
            var message = msghdr()
            message.msg_iov = parts.assumingMemoryBound(to: iovec.self).baseAddress
            message.msg_iovlen = 2
            return sendmsg(descriptor, &message, flags)
        }
    }

    /// Tells the peer that no more will come.
    func closeSending() { shutdown(descriptor, Int32(SHUT_WR)) }
}
