import Foundation

@testable import HTTPServer

/// Why we do not agree with a library, on purpose.
struct DifferenceReason: Sendable, CustomStringConvertible {
    /// What we do where a library does something else.
    enum Stance: Sendable {
        /// Refuse, with one of these codes, what the library accepts, waits for, or rejects only later.
        case refuse([String])
        /// Accept, or wait for the rest of, what the library rejects in one of these ways.
        case accept([String])
        /// See the connection in another state than the library, without a new refusal on either side.
        case judge
    }

    let name: String
    let libraries: Set<Difference.Library>
    let stance: Stance
    /// What allows it, or asks for it.
    let clause: String
    let why: String
    private let isCase: @Sendable (Difference) -> Bool

    init(
        _ name: String, _ libraries: Set<Difference.Library>, _ stance: Stance, _ clause: String, _ why: String,
        _ isCase: @escaping @Sendable (Difference) -> Bool
    ) {
        self.name = name
        self.libraries = libraries
        self.stance = stance
        self.clause = clause
        self.why = why
        self.isCase = isCase
    }

    var description: String { "\(name) (\(clause)): \(why)" }

    /// The code or the words of the refusal that this explains, empty where there is none; nil if it does not explain `difference`.
    func match(_ difference: Difference) -> String? {
        guard libraries.contains(difference.library) else { return nil }
        let way: String?
        switch stance {
        case .refuse(let codes): way = codes.first { $0 == difference.ourRefusal }
        case .accept(let ways): way = ways.first { $0 == difference.theirRejection }
        case .judge: way = difference.ourRefusal == nil && difference.theirRejection == nil ? "" : nil
        }
        return way != nil && isCase(difference) ? way : nil
    }

    /// What has to be seen lest a part of this is a dead letter: every library, and every code or way.
    var claims: [String] {
        let ways =
            switch stance {
            case .refuse(let codes): codes
            case .accept(let ways): ways
            case .judge: [""]
            }
        return libraries.map { claim($0) } + ways.map { claim($0) }
    }

    func claim(_ library: Difference.Library) -> String { "\(name), \(library)" }
    func claim(_ way: String) -> String { "\(name): \(way)" }
}

extension DifferenceReason {
    static let all = lines + requestLine + targets + hosts + framing + chunks + requests + connections + limits

    // MARK: Lines

    private static let lines = [
        DifferenceReason(
            "bare LF", [.llhttp, .h11], .refuse(["bad_character"]), "RFC 9112 section 2.2",
            """
            A recipient may take a lone LF for the end of a line. We do not: a proxy before us that does not either would see \
            other requests. llhttp takes one only before a request.
            """
        ) { $0.refusedByte == 0x0A && $0.byteBefore != 0x0D },
        DifferenceReason(
            "bare CR", [.llhttp, .h11], .refuse(["bad_character"]), "RFC 9112 section 2.2",
            "A lone CR is invalid, or to be made a space. llhttp skips it before a request, h11 leaves it in a chunk's extensions."
        ) { $0.byteBefore == 0x0D && $0.refusedByte != 0x0A },
        DifferenceReason(
            "control character", [.h11], .refuse(["bad_character"]), "RFC 9110 section 5.5, RFC 9112 section 7.1.1",
            "They are invalid in field values and chunk extensions. A recipient may keep them in the former; we need none."
        ) { $0.refusedByte != 0x0A && $0.byteBefore != 0x0D },
        DifferenceReason(
            "line folding", [.h11], .refuse(["bad_field"]), "RFC 9112 section 5.2",
            "A server refuses it or makes it spaces; h11 does the latter."
        ) { [0x20, 0x09].contains($0.line.first) },
        DifferenceReason(
            "empty line before a request", [.h11], .accept(["no request line received", "illegal request line"]),
            "RFC 9112 section 2.2", "A server should ignore at least one. h11 ignores none, and rejects the first half of it too."
        ) { $0.rest.starts(with: [0x0D, 0x0A]) || $0.rest.elementsEqual([0x0D]) },
        DifferenceReason(
            "empty lines before a request", [.llhttp], .refuse(["bad_request_line"]), "RFC 9112 section 2.2",
            "A server should ignore at least one. We ignore exactly one, llhttp any number."
        ) { $0.rest.starts(with: [0x0D, 0x0A, 0x0D, 0x0A]) },
        DifferenceReason(
            "half an empty line", [.llhttp], .judge, "RFC 9112 section 2.2",
            "A CR before a request may become an empty line: we wait for its LF, and llhttp has dropped it."
        ) { $0.ours.end == .incomplete && $0.theirs.end == .open && [[0x0D], [0x0D, 0x0A, 0x0D]].contains(Array($0.rest)) },
        DifferenceReason(
            "begun line", [.llhttp, .h11],
            .accept([
                "Invalid method encountered", "Expected space after method", "Unexpected start char in url",
                "Expected CRLF after version", "Invalid minor version", "Invalid character in chunk size", "illegal request line",
            ]), "RFC 9112 section 2.2",
            "We judge a line when its end has come, and refuse all of these then. llhttp judges bytes, h11 the first of a request."
        ) { $0.isRefusedAtLineEnd && !$0.hasUnknownMethod },
        DifferenceReason(
            "sections", [.h11], .judge, "RFC 9112 section 2.2",
            "h11 judges a whole header or trailer section. Nobody need wait for the rest of what is bad already."
        ) { $0.h11Waits },
    ]

    // MARK: The request line

    private static let requestLine = [
        DifferenceReason(
            "unknown method", [.llhttp],
            .accept([
                "Invalid method encountered", "Expected space after method", "Invalid method for HTTP/x.x request",
                "Expected HTTP/2 Connection Preface",
            ]), "RFC 9110 sections 9.1 and 16.1",
            """
            A method is any token, and new ones are defined; the application says what it does not know. llhttp has a list, and \
            takes PRI and the methods of RTSP for other protocols.
            """
        ) { $0.hasUnknownMethod },
        DifferenceReason(
            "CONNECT", [.llhttp, .h11], .refuse(["not_implemented"]), "RFC 9110 sections 9.3.6 and 15.6.2",
            "It is for proxies, and an origin server may not have it."
        ) { $0.method == "CONNECT" },
        DifferenceReason(
            "several spaces", [.llhttp], .refuse(["bad_request_line", "bad_version"]), "RFC 9112 section 3",
            "A recipient may take several for one. That lets two readers see different targets."
        ) { $0.requestLine.contains("  ") },
        DifferenceReason(
            "no version", [.llhttp], .refuse(["bad_request_line"]), "RFC 9112 section 3",
            "A request line has three words. llhttp reads two as HTTP/0.9."
        ) { $0.requestLine.contains(/^[^ ]+ [^ ]+$/) },
        DifferenceReason(
            "another protocol", [.llhttp], .refuse(["bad_version"]), "RFC 9112 section 2.3", "llhttp knows RTSP too."
        ) { $0.version == "RTSP/1.0" },
        DifferenceReason(
            "another major version", [.llhttp, .h11], .refuse(["version_not_supported"]), "RFC 9110 sections 2.5 and 15.6.6",
            "Messages of other versions do not look like this. llhttp lets 0.9 and 2.0 pass, h11 any."
        ) { $0.version.contains(/^HTTP\/[02-9]\.[0-9]$/) },
        DifferenceReason(
            "higher minor version", [.llhttp], .accept(["Invalid HTTP version"]), "RFC 9110 section 2.5",
            "A recipient reads it as the highest minor version that it knows."
        ) { $0.version.contains(/^HTTP\/1\.[2-9]$/) },
    ]

    // MARK: The target

    private static let targets = [
        DifferenceReason(
            "asterisk", [.llhttp, .h11], .refuse(["bad_target"]), "RFC 9112 section 3.2.4",
            "An asterisk is the whole target, of OPTIONS and nothing else."
        ) { $0.target.hasPrefix("*") },
        DifferenceReason(
            "target of no form", [.h11], .refuse(["bad_target"]), "RFC 9112 section 3.2",
            "A target is a path, a URI, or an asterisk; an authority is for CONNECT. h11 takes any visible characters."
        ) { $0.target.contains(/^[^\/*#][^#]*$/) && !$0.target.contains(/^[a-z]+:\/\//) },
        DifferenceReason(
            "another scheme", [.llhttp, .h11], .refuse(["bad_target"]), "RFC 9110 section 7.4, RFC 9112 section 3.2.2",
            "This server is the origin of http and https URIs only."
        ) { $0.target.contains(/^[a-z]+:\/\/[^#]*$/) && !$0.target.contains(/^https?:/) },
        DifferenceReason(
            "URI without a good host", [.llhttp, .h11], .refuse(["bad_target"]), "RFC 9110 section 4.2.1, RFC 9112 section 3.2.2",
            "The host of the URI stands for the Host field, so it has to be as good, and not empty."
        ) { difference in
            guard let authority = difference.target.firstMatch(of: /^https?:\/\/([^\/?#@]*)([\/?#]|$)/)?.1 else { return false }
            return !authority.contains(/^([a-z0-9_.~!$&'()*+;=-]+|\[[0-9a-f:.]+\])(:[0-9]*)?$/)
        },
        DifferenceReason(
            "user information", [.llhttp, .h11], .refuse(["bad_target"]), "RFC 9110 section 4.2.4",
            "A recipient should take it for an error: it is there to hide the host."
        ) { $0.target.contains(/^https?:\/\/[^\/?#]*@/) },
        DifferenceReason(
            "fragment", [.llhttp, .h11], .refuse(["bad_target"]), "RFC 9110 section 7.1, RFC 9112 section 3.2",
            "No form of the target has one: clients keep it."
        ) { $0.target.contains("#") },
        DifferenceReason(
            "bad percent-encoding", [.llhttp, .h11], .refuse(["bad_target"]), "RFC 3986 section 2.1, RFC 9110 section 17.3",
            """
            We decode paths, so nothing may be left to guess: two hexadecimal digits, UTF-8, and no NUL. The libraries hand the \
            target on as it is.
            """
        ) { difference in
            let target = difference.target.wholeMatch(of: /(https?:\/\/[^%\/?#]*)?(\/[^?#]*)(\?[^#]*)?/)
            guard let path = target?.2 else { return false }
            return path.removingPercentEncoding?.unicodeScalars.contains("\0") ?? true
        },
    ]

    // MARK: Host

    private static let hosts = [
        DifferenceReason(
            "no Host", [.llhttp, .h11], .refuse(["bad_host"]), "RFC 9112 section 3.2",
            "A server must refuse it. llhttp leaves that to its user, and h11 asks for Host in 1.1 only, not in higher versions."
        ) { $0.values("host").isEmpty },
        DifferenceReason(
            "several Hosts", [.llhttp], .refuse(["bad_host"]), "RFC 9112 section 3.2",
            "A server must refuse them. llhttp leaves that to its user."
        ) { $0.values("host").count > 1 },
        DifferenceReason(
            "bad Host", [.llhttp, .h11], .refuse(["bad_host"]),
            "RFC 9112 section 3.2, RFC 9110 section 7.2, RFC 3986 section 3.2.2",
            """
            A server must refuse what is no host with an optional port. The libraries leave that to their user. We also refuse \
            what a host could have and none does: commas, percent-encoding, and addresses of a future IP.
            """
        ) { difference in
            let values = difference.values("host")
            return values.count == 1 && !values[0].contains(/^([A-Za-z0-9_.~!$&'()*+;=-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?$/)
        },
    ]

    // MARK: Framing

    private static let framing = [
        DifferenceReason(
            "no length", [.llhttp, .h11], .refuse(["length_required"]), "RFC 9110 sections 8.6 and 15.5.12, RFC 9112 section 6.3",
            """
            Without a length there is no body. A POST, PUT or PATCH like that is a mistake, and what follows its header could be \
            the body that it was meant to have.
            """
        ) {
            ["POST", "PUT", "PATCH"].contains($0.method) && $0.values("content-length").isEmpty
                && $0.values("transfer-encoding").isEmpty
        },
        DifferenceReason(
            "repeated length", [.h11], .refuse(["bad_content_length"]), "RFC 9110 section 8.6",
            "A recipient refuses it, or takes equal lengths for one."
        ) { $0.values("content-length").flatMap { $0.split(separator: ",") }.count > 1 },
        DifferenceReason(
            "enormous length", [.llhttp, .h11], .refuse(["bad_content_length"]), "RFC 9110 section 8.6",
            "A length must not overflow. Ours are signed, llhttp's have 64 bits, h11's 20 digits; nobody reads such a body."
        ) { difference in
            let lengths = difference.values("content-length")
            return lengths.count == 1 && lengths[0].contains(/^[0-9]{19,20}$/) && Int(lengths[0]) == nil
        },
        DifferenceReason(
            "very long length", [.h11], .accept(["bad Content-Length"]), "RFC 9110 section 8.6",
            "A length is any number of digits. h11 takes 20 of them, zeros included."
        ) { $0.values("content-length").contains { $0.contains(/^0[0-9]{20,}$/) } },
        DifferenceReason(
            "two lengths", [.h11], .refuse(["ambiguous_length"]), "RFC 9112 section 6.3",
            "A server may refuse both Content-Length and Transfer-Encoding, or go by the latter, as h11 does."
        ) { !$0.values("content-length").isEmpty && !$0.values("transfer-encoding").isEmpty },
        DifferenceReason(
            "Transfer-Encoding in HTTP/1.0", [.llhttp, .h11], .refuse(["bad_transfer_encoding"]), "RFC 9112 section 6.1",
            "A server must take the framing for faulty."
        ) { $0.version == "HTTP/1.0" && !$0.values("transfer-encoding").isEmpty },
        DifferenceReason(
            "unknown transfer coding", [.llhttp], .refuse(["unknown_transfer_coding"]), "RFC 9112 section 6.1",
            "A server should say that it does not understand it. llhttp leaves all codings but the last to its user."
        ) { $0.values("transfer-encoding").joined(separator: ",").contains(/[^, \t][ \t]*,[ \t]*(?i)chunked$/) },
        DifferenceReason(
            "empty transfer coding", [.llhttp], .refuse(["bad_transfer_encoding"]), "RFC 9110 section 5.6.1.2",
            "Empty members of a list are to be ignored. Not here, since readers differ on it: h11 rejects them."
        ) { $0.values("transfer-encoding").joined(separator: ",").contains(/^[ \t]*,[ \t]*(?i)chunked$/) },
        DifferenceReason(
            "tab behind chunked", [.llhttp], .accept(["Request has invalid `Transfer-Encoding`"]),
            "RFC 9110 sections 5.5 and 5.6.3", "White space around a field's value is no part of it, tabs as well as spaces."
        ) { $0.head.contains { $0.contains(/^(?i)transfer-encoding:[ \t]*chunked *\t[ \t]*$/) } },
    ]

    // MARK: Chunks

    private static let chunks = [
        DifferenceReason(
            "space behind a chunk's size", [.h11], .refuse(["bad_chunk"]), "RFC 9112 section 7.1",
            "It may stand before an extension only. h11 forgives it."
        ) { $0.line.text.contains(/^[0-9A-Fa-f]+[ \t]+\r\n$/) },
        DifferenceReason(
            "space before an extension", [.llhttp, .h11], .accept(["Invalid character in chunk size", "illegal chunk header"]),
            "RFC 9112 section 7.1.1, RFC 9110 section 5.6.3", "It is bad, but a recipient must read over it."
        ) { $0.linesAfterHead.contains { $0.contains(/^[0-9A-Fa-f]{1,20}[ \t]+;/) } },
        DifferenceReason(
            "odd extensions", [.llhttp],
            .accept([
                "Invalid character in chunk extensions", "Invalid character in chunk extensions name",
                "Invalid character in chunk extensions value", "Invalid character in chunk extensions quote value",
                "Invalid character in chunk extensions quoted value", "Invalid quoted-pair in chunk extensions quoted value",
            ]), "RFC 9112 section 7.1.1",
            """
            Unknown extensions are ignored, and we know none. Whatever they look like, they end with the line: neither CR nor LF \
            nor another control character is let into them.
            """
        ) { $0.linesAfterHead.contains { $0.contains(/^[0-9A-Fa-f]+[ \t]*;/) } },
        DifferenceReason(
            "long size", [.h11], .accept(["illegal chunk header"]), "RFC 9112 section 7.1",
            "A size is any number of digits. h11 takes 20 of them, zeros included."
        ) { $0.linesAfterHead.contains { $0.contains(/^0[0-9A-Fa-f]{20,}/) } },
        DifferenceReason(
            "framing in a trailer", [.llhttp, .h11],
            .accept([
                "Content-Length can't be present with Transfer-Encoding", "Invalid `Transfer-Encoding` header value",
                "bad Content-Length", "conflicting Content-Length headers", "Only Transfer-Encoding: chunked is supported",
            ]), "RFC 9110 section 6.5.1, RFC 9112 section 7.1.2",
            "Fields that say where a message ends come too late in a trailer. We drop trailers, whatever they say."
        ) {
            $0.values("transfer-encoding") == ["chunked"] && $0.values("content-length").isEmpty
                && $0.linesAfterHead.contains { $0.contains(/^(Content-Length|Transfer-Encoding):/) }
        },
    ]

    // MARK: What a request asks for

    private static let requests = [
        DifferenceReason(
            "unmet expectation", [.llhttp, .h11], .refuse(["expectation_failed"]), "RFC 9110 section 10.1.1",
            """
            A server may refuse an expectation other than 100-continue. We also refuse lists of it and empty ones, which no \
            client sends. The libraries leave that to their user.
            """
        ) { !$0.values("expect").isEmpty && $0.values("expect").map(\.lowercasedASCII) != ["100-continue"] },
        DifferenceReason(
            "upgrade", [.llhttp], .judge, "RFC 9110 section 7.8",
            "A server may ignore it, and we do: what follows is HTTP until the server says otherwise. httptools stops reading."
        ) { $0.theirs.end == .upgraded && !$0.theirs.messages.contains { $0.method == "CONNECT" } },
    ]

    // MARK: How a connection stands

    private static let connections = [
        DifferenceReason(
            "more after the last request", [.llhttp, .h11],
            .accept(["Data after `Connection: close`", "Got data when expecting EOF"]), "RFC 9112 section 9.6",
            "A server must not process what follows. We throw it away, the libraries call it an error once the request is read."
        ) { $0.isOver },
        DifferenceReason(
            "more after close in a trailer", [.llhttp], .accept(["Data after `Connection: close`"]), "RFC 9110 section 6.5.1",
            "Trailers are dropped, and this option with them."
        ) { !$0.isOver && $0.request.contains("\r\n0\r\nConnection: close\r\n") },
        DifferenceReason(
            "close elsewhere", [.llhttp], .judge, "RFC 9110 section 6.5.1, RFC 9112 appendix C.2.2",
            "Only the header's Connection field counts, not one in a trailer, nor Proxy-Connection, which is no field of HTTP."
        ) { $0.ours.end == .open && $0.theirs.end == .closed },
        DifferenceReason(
            "keep-alive and close", [.llhttp], .judge, "RFC 9112 section 9.3",
            "The close option comes first. In HTTP/1.0 llhttp looks for keep-alive only."
        ) { $0.ours.end == .closed && $0.theirs.end == .open },
        DifferenceReason(
            "HTTP/1.0 with keep-alive", [.h11], .judge, "RFC 9112 section 9.3",
            "A server may keep such a connection, and we do; h11 does not."
        ) { $0.ours.end == .open && $0.theirs.end == .closed },
        DifferenceReason(
            "more after HTTP/1.0 with keep-alive", [.h11], .accept(["Got data when expecting EOF"]), "RFC 9112 section 9.3",
            "A server may keep such a connection, and we do; h11 does not."
        ) { !$0.isOver && $0.request.contains("keep-alive\r\n") },
    ]

    // MARK: Limits

    private static let limits = [
        DifferenceReason(
            "long request line", [.llhttp, .h11], .refuse(["uri_too_long"]), "RFC 9112 section 3, RFC 9110 section 15.5.15",
            "A server sets its own limit. The libraries leave that to their user, but for h11's on what is incomplete."
        ) { $0.line.count == (8 << 10) + 1 },
        DifferenceReason(
            "long header or trailer", [.llhttp, .h11], .refuse(["fields_too_large"]), "RFC 9110 section 5.4, RFC 6585 section 5",
            "A server sets its own limit. The libraries leave that to their user."
        ) { $0.rest.count > 32 << 10 },
        DifferenceReason(
            "many fields", [.llhttp, .h11], .refuse(["too_many_fields"]), "RFC 9110 section 5.4, RFC 6585 section 5",
            "A server sets its own limit. The libraries leave that to their user."
        ) { $0.head.count > 1 + 100 },
        DifferenceReason(
            "long chunk line", [.llhttp, .h11], .refuse(["bad_chunk"]), "RFC 9112 section 7.1.1",
            "A server ought to limit a chunk's extensions, and those of a request. The libraries leave that to their user."
        ) { $0.line.count == (1 << 10) + 1 || $0.rest.count > 32 << 10 },
        DifferenceReason(
            "long body", [.llhttp, .h11], .refuse(["body_too_large"]), "RFC 9110 section 15.5.14",
            "A server sets its own limit, and need not read on once a length or a chunk's size is beyond it."
        ) { difference in
            let size = Int(difference.line.text.prefix(while: \.isHexDigit), radix: 16) ?? .max
            let length = difference.values("content-length").first.map { Int($0) ?? .max }
            return length ?? size > 16 << 20
        },
        DifferenceReason(
            "long incomplete header", [.h11], .accept(["Receive buffer too long"]), "RFC 9110 section 5.4",
            "A server sets its own limit. h11 keeps 16 kB of what is incomplete, we up to 32."
        ) { (16 << 10..<32 << 10).contains($0.rest.count) },
    ]
}
