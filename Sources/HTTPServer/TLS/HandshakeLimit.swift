import COpenSSL

/// How many messages of handshakes (RFC 8446, 4) a client may send while it is connected.
///
/// Some go on coming after the first handshake: key updates (RFC 8446, 4.6.3), and in TLS 1.2 wishes to renegotiate, all of
/// which are refused. They cost the client little and the server much, and OpenSSL handles any number of them in one call,
/// which would hold up every other connection of the loop. A client that means well sends half a dozen, and a new key after
/// millions of records.
enum HandshakeLimit {
    static let messages = 100

    /// Makes the sessions of `context` count; `SocketBIO` gives no more to read to those that are past the limit.
    static func impose(on context: OpaquePointer) {
        SSL_CTX_set_msg_callback(context) { isWritten, _, kind, _, _, session, _ in
            guard isWritten == 0, kind == SSL3_RT_HANDSHAKE else { return }
            SocketBIO.channel(of: SSL_get_rbio(session))?.pointee.handshakeMessages += 1
        }
    }
}
