import COpenSSL
import Foundation

/// What OpenSSL reads from and writes to: a `BIO` over a non-blocking socket.
///
/// OpenSSL has one of its own, but that calls `write`, which raises SIGPIPE when the peer is gone. This one sends with
/// MSG_NOSIGNAL, as `Socket` does, so a server is safe in a process that has left its signals alone; and it knows MSG_MORE, as
/// `Socket` does.
struct SocketBIO {
    /// The session that it was given to owns it.
    let pointer: OpaquePointer
    let channel: UnsafeMutablePointer<Channel>

    struct Channel {
        let descriptor: Int32
        /// False lets the kernel wait for more before it sends a packet.
        var isLast = true
        /// Received so far.
        var handshakeMessages = 0
    }

    init?(descriptor: Int32) {
        guard let method = Self.method, let pointer = BIO_new(method) else { return nil }
        self.pointer = pointer
        channel = .allocate(capacity: 1)
        channel.initialize(to: Channel(descriptor: descriptor))
        BIO_set_data(pointer, channel)
        BIO_set_init(pointer, 1)
    }

    /// Whether the socket's end has been read.
    var isAtEnd: Bool { BIO_test_flags(pointer, BIO_FLAGS_IN_EOF) != 0 }

    // MARK: The method

    // Written once, before anyone can see it.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "non-blocking socket") else { return nil }
        BIO_meth_set_read(method) { receive($0, $1, $2) }
        BIO_meth_set_write(method) { send($0, $1, $2) }
        BIO_meth_set_ctrl(method) { bio, command, _, _ in
            switch command {
            case BIO_CTRL_EOF: BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0
            case BIO_CTRL_FLUSH: 1
            default: 0
            }
        }
        BIO_meth_set_destroy(method) { bio in
            channel(of: bio)?.deallocate()
            return 1
        }
        return method
    }()

    static func channel(of bio: OpaquePointer?) -> UnsafeMutablePointer<Channel>? {
        BIO_get_data(bio)?.assumingMemoryBound(to: Channel.self)
    }

    private static func receive(_ bio: OpaquePointer?, _ buffer: UnsafeMutablePointer<CChar>?, _ count: Int32) -> Int32 {
        BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
        guard let channel = channel(of: bio)?.pointee, channel.handshakeMessages <= HandshakeLimit.messages else { return -1 }
        while true {
            let received = recv(channel.descriptor, buffer, Int(count), 0)
            if received < 0, errno == EINTR { continue }
            if received < 0, errno == EAGAIN { BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY) }
            if received == 0 { BIO_set_flags(bio, BIO_FLAGS_IN_EOF) }
            return Int32(received)
        }
    }

    private static func send(_ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
        BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
        guard let channel = channel(of: bio)?.pointee else { return -1 }
        let flags = Int32(MSG_NOSIGNAL) | (channel.isLast ? 0 : Int32(MSG_MORE))
        while true {
            let sent = Foundation.send(channel.descriptor, bytes, Int(count), flags)
            if sent < 0, errno == EINTR { continue }
            if sent < 0, errno == EAGAIN { BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY) }
            return Int32(sent)
        }
    }
}
