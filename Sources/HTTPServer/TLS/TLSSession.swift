import COpenSSL

/// One connection's TLS, the server's side of it, over a non-blocking socket that its owner keeps open as long.
///
/// Its calls say what happened, as those of `Socket` do, and none of them blocks or raises SIGPIPE. `wouldBlock` does not say
/// what is waited for: a handshake writes, and a read may have to write too. So the owner, whose events are edge-triggered:
///
/// - calls `handshake` at once and then at every event of either direction, until it is done;
/// - takes every event, readable or writable, for a chance to read and to write;
/// - reads until `wouldBlock`, `end` or `failed`, however few bytes come: one read gives one record at most (16 KiB), and more
///   may have been taken off the socket already, for which no event will come;
/// - begins a write after `wouldBlock` with the bytes that were refused, which OpenSSL has encrypted already; they may have
///   moved, and more may have been put after them;
/// - after a failed handshake closes the sending side of the socket and reads on to its end: closing at once could take back
///   the alert that tells the client why.
struct TLSSession: ~Copyable {
    private let session: OpaquePointer
    private let bio: SocketBIO
    private var phase = Phase.handshaking

    private enum Phase {
        case handshaking
        case open
        /// A close_notify has been sent.
        case closed
        /// Nothing more can be read or written.
        case failed(TLSFailure)
    }

    /// Takes up a client's connection; nil if there is no memory for it.
    init?(context: TLSContext, descriptor: Int32) {
        guard let session = SSL_new(context.pointer) else { return nil }
        guard let bio = SocketBIO(descriptor: descriptor) else {
            SSL_free(session)
            return nil
        }
        SSL_set_bio(session, bio.pointer, bio.pointer)
        SSL_set_accept_state(session)
        self.session = session
        self.bio = bio
    }

    deinit { SSL_free(session) }

    /// Why nothing can be read or written any more, for the log.
    var failure: TLSFailure? { if case .failed(let failure) = phase { failure } else { nil } }

    // MARK: Handshake

    enum HandshakeResult: Equatable {
        case done
        /// The client has to do its part first.
        case wouldBlock
        case failed(TLSFailure)
    }

    /// Goes on with the handshake (RFC 8446, 2).
    mutating func handshake() -> HandshakeResult {
        switch phase {
        case .handshaking: break
        case .open, .closed: return .done
        case .failed(let failure): return .failed(failure)
        }
        OpenSSLErrors.clear()
        let result = SSL_do_handshake(session)
        if result == 1 {
            phase = .open
            return .done
        }
        switch setback(result) {
        case .wouldBlock: return .wouldBlock
        case .end: return .failed(fail(.disconnected))
        case .failed(let failure): return .failed(failure)
        }
    }

    // MARK: Data

    /// Reads what one record has into `buffer`.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Socket.ReadResult {
        if case .failed = phase { return .failed }
        var count = 0
        OpenSSLErrors.clear()
        if SSL_read_ex(session, buffer.baseAddress, buffer.count, &count) == 1 { return .bytes(count) }
        switch setback(0) {
        case .wouldBlock: return .wouldBlock
        case .end: return .end
        case .failed: return .failed
        }
    }

    /// Whether the stream's end came without a close_notify, and so may be an attacker's doing (RFC 8446, 6.1). A message that
    /// says how long it is is safe from that; one that lasts to the stream's end is not (RFC 9112, 9.8).
    var isTruncated: Bool { bio.isAtEnd }

    /// Writes as much of `bytes` as fits into the socket's buffer.
    ///
    /// - Parameter isLast: false lets the kernel wait for more before it sends a packet.
    mutating func write(_ bytes: Span<UInt8>, isLast: Bool) throws(Socket.WriteFailure) -> Int {
        if case .failed = phase { throw .failed }
        bio.channel.pointee.isLast = isLast
        var written = 0
        while written < bytes.count {
            var count = 0
            OpenSSLErrors.clear()
            let result = bytes.extracting(written..<bytes.count).withUnsafeBufferPointer {
                SSL_write_ex(session, $0.baseAddress, $0.count, &count)
            }
            guard result == 1 else {
                guard case .wouldBlock = setback(result) else { throw .failed }
                guard written > 0 else { throw .wouldBlock }
                break
            }
            written += count
        }
        return written
    }

    /// Tells the peer by a close_notify that no more will come (RFC 8446, 6.1); reading goes on. All that is to be written must
    /// have been.
    ///
    /// Does nothing on a session that is not open: there is nobody to tell.
    mutating func closeSending() throws(Socket.WriteFailure) {
        guard case .open = phase else { return }
        bio.channel.pointee.isLast = true
        OpenSSLErrors.clear()
        let result = SSL_shutdown(session)
        if result >= 0 {
            phase = .closed
        } else if case .wouldBlock = setback(result) {
            throw .wouldBlock
        } else {
            throw .failed
        }
    }

    // MARK: What was agreed on

    /// "TLSv1.3" or "TLSv1.2".
    var protocolVersion: String { String(cString: SSL_get_version(session)) }

    var cipherSuite: String { String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(session))) }

    /// Whether the client brought a ticket of an earlier session (RFC 8446, 2.2).
    var isResumed: Bool { SSL_session_reused(session) == 1 }

    /// The subject of the client's certificate, which has been verified, as RFC 4514 writes it: `CN=trainer,O=Example`.
    var clientSubject: String? {
        guard SSL_get_verify_result(session) == X509_V_OK, let certificate = SSL_get0_peer_certificate(session),
            let output = BIO_new(BIO_s_mem())
        else { return nil }
        defer { BIO_free(output) }
        X509_NAME_print_ex(output, X509_get_subject_name(certificate), 0, copenssl_rfc4514)
        var text = [UInt8](repeating: 0, count: BIO_ctrl_pending(output))
        let count = BIO_read(output, &text, Int32(text.count))
        return String(decoding: text.prefix(max(Int(count), 0)), as: UTF8.self)
    }

    // MARK: Setbacks

    private enum Setback {
        case wouldBlock
        case end
        case failed(TLSFailure)
    }

    /// Why a call did not succeed, from what it returned.
    private mutating func setback(_ result: Int32) -> Setback {
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .wouldBlock
        case SSL_ERROR_ZERO_RETURN: .end
        default: .failed(fail(reason()))
        }
    }

    private func reason() -> TLSFailure {
        if bio.channel.pointee.handshakeMessages > HandshakeLimit.messages {
            return .rejected(reason: "too many handshake messages")
        }
        guard let error = OpenSSLErrors.take() else { return .disconnected }
        if error.isTLS(SSL_R_HTTP_REQUEST) || error.isTLS(SSL_R_HTTPS_PROXY_REQUEST) { return .plainHTTP }
        guard error.isTLS(SSL_R_CERTIFICATE_VERIFY_FAILED) else { return .rejected(reason: error.reason) }
        let detail = String(cString: X509_verify_cert_error_string(SSL_get_verify_result(session)))
        return .rejected(reason: "\(error.reason): \(detail)")
    }

    private mutating func fail(_ failure: TLSFailure) -> TLSFailure {
        phase = .failed(failure)
        return failure
    }
}
