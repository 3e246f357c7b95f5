/// Why a connection's TLS came to nothing, for the log.
enum TLSFailure: Error, Equatable, CustomStringConvertible {
    /// The client speaks plain HTTP.
    case plainHTTP
    /// The client has closed or reset the connection.
    case disconnected
    /// One side broke the protocol or did not accept what the other offered; in OpenSSL's words.
    case rejected(reason: String)

    var description: String {
        switch self {
        case .plainHTTP: "plain HTTP on a TLS port"
        case .disconnected: "the client has closed the connection"
        case .rejected(let reason): reason
        }
    }
}
