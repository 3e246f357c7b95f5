/// How a body is compressed on its way (RFC 9110 section 8.4.1); the raw value is the token that names it.
enum ContentCoding: String, Sendable {
    /// Not at all.
    case identity
    /// RFC 1952.
    case gzip
    /// The zlib format (RFC 1950) around deflate (RFC 1951), whatever the name says (RFC 9110 section 8.4.1.2).
    case deflate

    /// The coding that a token in lower case names; `x-gzip` is `gzip` (RFC 9110 section 8.4.1.3).
    init?(token: Substring) {
        switch token {
        case "identity": self = .identity
        case "gzip", "x-gzip": self = .gzip
        case "deflate": self = .deflate
        default: return nil
        }
    }

    /// The coding of a body, by its `Content-Encoding` (RFC 9110 section 8.4).
    ///
    /// Nil if the coding is unknown, and if there are several: nobody compresses twice but to hide a bomb. Such a request is
    /// refused with 415 and an `Accept-Encoding` that says what would do (section 12.5.3).
    ///
    /// - Parameter contentEncoding: the field's value, several lines joined by commas; nil without the field.
    init?(contentEncoding: String?) {
        var applied = ContentCoding.identity
        for token in contentEncoding?.fieldElements ?? [] {
            guard let coding = ContentCoding(token: token) else { return nil }
            if coding == .identity { continue }
            guard applied == .identity else { return nil }
            applied = coding
        }
        self = applied
    }
}
