import COpenSSL
import Foundation
import Testing

@testable import HTTPServer

/// A TLS client that does one thing at a time, for what no program of the machine's would do: the test carries every byte
/// between it and the server's socket, when and as many as it likes.
final class PacedClient {
    let server: TLSConnection
    private let context = SSL_CTX_new(TLS_client_method())
    private let session: OpaquePointer?
    /// What the server has sent and what it is to be sent, encrypted.
    private let incoming = BIO_new(BIO_s_mem())
    private let outgoing = BIO_new(BIO_s_mem())
    private var unsent: [UInt8] = []
    private let descriptor: Int32

    init(_ credentials: TLSCredentials) throws {
        var pair: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &pair) == 0)
        descriptor = pair[0]
        server = try TLSConnection(credentials.current, descriptor: pair[1])
        session = SSL_new(context)
        SSL_set_bio(session, incoming, outgoing)
        SSL_set_connect_state(session)
    }

    deinit {
        SSL_free(session)
        SSL_CTX_free(context)
        Glibc.close(descriptor)
    }

    /// Goes on with the handshake; true once it is done.
    func handshake() -> Bool { SSL_do_handshake(session) == 1 }

    /// Encrypts `bytes`.
    func write(_ bytes: [UInt8]) {
        var count = 0
        SSL_write_ex(session, bytes, bytes.count, &count)
    }

    /// Decrypts what has been received.
    func read() -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        var count = 0
        while SSL_read_ex(session, &buffer, buffer.count, &count) == 1 { bytes += buffer[..<count] }
        return bytes
    }

    /// Changes its keys, and asks the server to do so too (RFC 8446, 4.6.3).
    func updateKeys() {
        SSL_key_update(session, SSL_KEY_UPDATE_REQUESTED)
        SSL_do_handshake(session)
    }

    /// Sends at most `limit` bytes of what it has encrypted, as many as the server's socket takes. Returns how many.
    @discardableResult
    func send(_ limit: Int = .max) -> Int {
        var more = [UInt8](repeating: 0, count: BIO_ctrl_pending(outgoing))
        BIO_read(outgoing, &more, Int32(more.count))
        unsent += more
        let count = max(Glibc.send(descriptor, unsent, min(unsent.count, limit), Int32(MSG_NOSIGNAL)), 0)
        unsent.removeFirst(count)
        return count
    }

    /// Takes what the server has sent. Returns how many bytes that were.
    @discardableResult
    func receive() -> Int {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var sum = 0
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
            BIO_write(incoming, buffer, Int32(count))
            sum += count
        }
        return sum
    }

    /// Closes its side without a close_notify.
    func closeSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func disconnect() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    var hasHeardGoodbye: Bool { SSL_get_shutdown(session) & SSL_RECEIVED_SHUTDOWN != 0 }

    /// Shakes hands without being held up.
    func connect() throws {
        while !handshake() || server.session.handshake() != .done {
            send()
            if case .failed(let failure) = server.session.handshake() { throw failure }
            receive()
        }
        receive()
    }
}
