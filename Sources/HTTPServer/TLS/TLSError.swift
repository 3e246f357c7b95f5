/// Why certificates and keys cannot be used. It names files and OpenSSL's reasons, never what a key is made of.
public enum TLSError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case noCertificate(file: String, reason: String)
    case noPrivateKey(file: String, reason: String)
    case keyDoesNotMatch(key: String, certificate: String)
    case noClientAuthorities(file: String, reason: String)
    /// The OpenSSL that is installed does not do what is asked of it.
    case unsupported(reason: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "cannot read \(file): \(reason)"
        case .noCertificate(let file, let reason): "no usable certificate in \(file): \(reason)"
        case .noPrivateKey(let file, let reason): "no usable private key in \(file): \(reason)"
        case .keyDoesNotMatch(let key, let certificate): "the key in \(key) is not that of the certificate in \(certificate)"
        case .noClientAuthorities(let file, let reason): "no usable certificates of client authorities in \(file): \(reason)"
        case .unsupported(let reason): "OpenSSL cannot be set up: \(reason)"
        }
    }
}
