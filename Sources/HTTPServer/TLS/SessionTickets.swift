import COpenSSL

/// Resumption by tickets (RFC 8446, 2.2; RFC 5077): the client keeps the session, encrypted with keys of the context, so the
/// server holds nothing for clients that may never return.
enum SessionTickets {
    private static let name = Array("hyperembed".utf8)

    /// Makes `context` hand out tickets and take them back.
    static func issue(for context: OpaquePointer) {
        copenssl_keep_no_sessions(context)
        // Without a name of its own a context that asks for client certificates refuses its own tickets.
        SSL_CTX_set_session_id_context(context, name, UInt32(name.count))
        SSL_CTX_set_session_ticket_cb(
            context, nil,
            { _, session, _, _, status, _ in
                switch status {
                case SSL_TICKET_SUCCESS where SessionTickets.isCurrent(session): SSL_TICKET_RETURN_USE
                case SSL_TICKET_SUCCESS_RENEW where SessionTickets.isCurrent(session): SSL_TICKET_RETURN_USE_RENEW
                default: SSL_TICKET_RETURN_IGNORE_RENEW
                }
            }, nil)
    }

    /// Whether the client's certificate, if the session has one, is still valid: it is looked at in full handshakes only, and a
    /// ticket would outlive it.
    private static func isCurrent(_ session: OpaquePointer?) -> Bool {
        guard let certificate = SSL_SESSION_get0_peer(session) else { return true }
        return X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0
    }
}
