/// A request line and its header fields, checked, with what they say about the body and the connection.
struct RequestHead: Sendable {
    enum Body: Sendable, Equatable {
        case none
        case length(Int)
        case chunked
    }

    var method = ""
    var target = RequestTarget(path: "/", query: nil)
    var isVersion1_0 = false
    var fields = HTTPFields()
    var body = Body.none
    /// How the body is compressed (RFC 9110 section 8.4).
    var contentCoding = ContentCoding.identity
    /// Whether the connection may carry another request after this one (RFC 9112 section 9.3).
    var keepsAlive = true
    /// Whether the client waits for 100 (Continue) before it sends the body (RFC 9110 section 10.1.1).
    var expectsContinue = false

    /// Draws the conclusions from the complete header section.
    ///
    /// - Throws: the problem that the request is refused with.
    mutating func finish(bodyLimit: Int) throws(Problem) {
        try checkHost()
        body = try bodyFraming(limit: bodyLimit)
        contentCoding = try bodyCoding()
        keepsAlive = try persistence()
        expectsContinue = try expectation()
    }

    /// RFC 9112 section 3.2: exactly one Host field in HTTP/1.1, and a valid one.
    private func checkHost() throws(Problem) {
        let count = fields.count(of: .host)
        guard count == 1 || count == 0 && isVersion1_0 else {
            throw .badRequest("bad_host", "the request must have exactly one Host field")
        }
        guard fields.values(.host, satisfy: Self.isHost) else {
            throw .badRequest("bad_host", "the Host field is not a host with an optional port")
        }
    }

    /// RFC 9110 section 7.2: a name or an address, IPv6 in brackets, with an optional port. Empty where the target has no
    /// authority.
    static func isHost(_ value: Span<UInt8>) -> Bool {
        var position = 0
        if value.count > 0, value[0] == UInt8(ascii: "[") {
            position = 1
            while position < value.count, isAddressCharacter(value[position]) { position += 1 }
            guard position > 1, position < value.count, value[position] == UInt8(ascii: "]") else { return false }
            position += 1
        } else {
            while position < value.count, isHostCharacter(value[position]) { position += 1 }
        }
        guard position < value.count else { return true }
        return value[position] == UInt8(ascii: ":") && (position + 1..<value.count).allSatisfy { value[$0] &- 0x30 < 10 }
    }

    /// RFC 3986 section 3.2.2, reg-name, but for the comma, which between hosts would make a list of them, and for
    /// percent-encoding, which no name of the DNS needs.
    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"),
            UInt8(ascii: "+"), UInt8(ascii: ";"), UInt8(ascii: "="):
            true
        default: false
        }
    }

    /// RFC 3986 section 3.2.2, IPv6address.
    private static func isAddressCharacter(_ byte: UInt8) -> Bool {
        CharacterClass.hexadecimal(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }

    /// RFC 9112 section 6: how long the body is. Whatever two readers could understand differently is refused.
    private func bodyFraming(limit: Int) throws(Problem) -> Body {
        guard fields.count(of: .transferEncoding) == 0 else {
            guard fields.count(of: .contentLength) == 0 else {
                throw .badRequest("ambiguous_length", "the request has both Content-Length and Transfer-Encoding")
            }
            guard !isVersion1_0 else {
                throw .badRequest("bad_transfer_encoding", "HTTP/1.0 has no Transfer-Encoding")
            }
            return try chunked(fields.values(.transferEncoding))
        }
        guard fields.count(of: .contentLength) > 0 else {
            if ["POST", "PUT", "PATCH"].contains(method) {
                throw Problem(
                    status: .lengthRequired, code: "length_required", title: "Length required",
                    detail: "a \(method) request must have Content-Length or be chunked")
            }
            return .none
        }
        // RFC 9112 section 6.3 lets equal values pass; a sender that repeats them is broken or probing.
        guard fields.count(of: .contentLength) == 1 else {
            throw .badRequest("bad_content_length", "the request has several Content-Length fields")
        }
        guard let bytes = fields.number(.contentLength) else {
            throw .badRequest("bad_content_length", "Content-Length is not a number")
        }
        guard bytes <= limit else { throw .bodyTooLarge(declared: bytes, limit: limit) }
        return bytes == 0 ? .none : .length(bytes)
    }

    private func bodyCoding() throws(Problem) -> ContentCoding {
        guard body != .none, let field = fields[.contentEncoding] else { return .identity }
        guard let coding = ContentCoding(contentEncoding: field) else { throw .unknownContentCoding(field) }
        return coding
    }

    private func chunked(_ values: [String]) throws(Problem) -> Body {
        let codings = values.flatMap { Substring($0.lowercasedASCII).pieces(between: ",") }
        // RFC 9112 section 6.1: chunked comes last and once; section 6.3: anything else leaves the length unknown.
        guard codings.last == "chunked", codings.filter({ $0 == "chunked" }).count == 1 else {
            throw .badRequest("bad_transfer_encoding", "the last transfer coding must be chunked, once")
        }
        guard !codings.contains("") else { throw .badRequest("bad_transfer_encoding", "a transfer coding has no name") }
        guard codings.count == 1 else { throw .unknownTransferCoding(String(codings[0])) }
        return .chunked
    }

    private func persistence() throws(Problem) -> Bool {
        guard fields.count(of: .connection) > 0 else { return !isVersion1_0 }
        let options = fields.values(.connection).flatMap(\.fieldElements)
        if options.contains("close") { return false }
        return !isVersion1_0 || options.contains("keep-alive")
    }

    /// RFC 9110 section 10.1.1; an HTTP/1.0 client's expectation is ignored.
    private func expectation() throws(Problem) -> Bool {
        guard fields.count(of: .expect) > 0, !isVersion1_0 else { return false }
        guard fields.values(.expect).map(\.lowercasedASCII) == ["100-continue"] else {
            throw Problem(
                status: .expectationFailed, code: "expectation_failed", title: "Expectation failed",
                detail: "the only expectation that is met is 100-continue")
        }
        return body != .none
    }
}

extension Problem {
    static func badRequest(_ code: String, _ detail: String) -> Problem {
        Problem(status: .badRequest, code: code, title: "Malformed request", detail: detail)
    }

    static func bodyTooLarge(declared: Int?, limit: Int) -> Problem {
        let size = declared.map { "\($0) bytes" } ?? "longer than that"
        return Problem(
            status: .contentTooLarge, code: "body_too_large", title: "Body too large",
            detail: "a body may have \(limit) bytes, this one is \(size)")
    }

    /// RFC 9110 section 15.5.16: the answer says which codings would do.
    fileprivate static func unknownContentCoding(_ coding: String) -> Problem {
        var problem = Problem(
            status: .unsupportedMediaType, code: "unknown_content_coding", title: "Unknown content coding",
            detail: "a body may be compressed by gzip or deflate, once; this one is said to be \(coding)")
        problem.fields.append(trusted: "Accept-Encoding", "gzip, deflate")
        return problem
    }

    fileprivate static func unknownTransferCoding(_ coding: String) -> Problem {
        Problem(
            status: .notImplemented, code: "unknown_transfer_coding", title: "Unknown transfer coding",
            detail: "the transfer coding \"\(coding)\" is not implemented")
    }
}
