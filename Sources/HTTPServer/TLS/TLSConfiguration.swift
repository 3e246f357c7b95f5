/// What a server needs to speak TLS: where its certificates and keys are, and what it asks of its clients.
public struct TLSConfiguration: Sendable, Equatable {
    /// A PEM file with the server's certificate, followed by the intermediate certificates that lead to its root (RFC 8446,
    /// 4.4.2).
    public var certificateChain: String
    /// A PEM file with the private key of the first certificate, not encrypted.
    public var privateKey: String
    /// A PEM file with the certificates of the authorities that vouch for clients. Without one no client is asked for a
    /// certificate.
    public var clientAuthorities: String?
    /// Whether a client may come without a certificate. One that it does send must be good either way.
    public var clientCertificates = ClientCertificates.required
    public var minimumVersion = Version.tls1_2

    public enum ClientCertificates: String, Sendable, CaseIterable {
        /// A client without a certificate is turned away (RFC 8446, 4.4.2.4).
        case required
        /// The application decides what a client without a certificate may do.
        case optional
    }

    /// Versions of TLS. Older ones are never spoken (RFC 8996).
    public enum Version: String, Sendable, CaseIterable {
        case tls1_2 = "1.2"
        case tls1_3 = "1.3"
    }

    public init(certificateChain: String, privateKey: String, clientAuthorities: String? = nil) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.clientAuthorities = clientAuthorities
    }

    var files: [String] { [certificateChain, privateKey] + (clientAuthorities.map { [$0] } ?? []) }
}
