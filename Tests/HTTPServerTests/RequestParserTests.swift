import Testing

@testable import HTTPServer

/// What the parser accepts and refuses, each input whole, byte by byte, and cut at every position.
@Suite struct RequestParserTests {
    enum Outcome: Equatable {
        /// Method, path, query, body of each request.
        case requests([Parsed])
        case refused(Int, code: String)
        case incomplete
    }

    struct Parsed: Equatable {
        var method: String
        var path: String
        var query: String?
        var body: String

        init(_ method: String, _ path: String, query: String? = nil, body: String = "") {
            self.method = method
            self.path = path
            self.query = query
            self.body = body
        }
    }

    static var limits: HTTPRequestLimits {
        var limits = HTTPRequestLimits()
        limits.requestLineBytes = 200
        limits.fieldBytes = 400
        limits.fieldCount = 6
        limits.bodyBytes = 100
        limits.chunkLineBytes = 20
        return limits
    }

    /// Feeds `pieces` one after the other, as a connection does: what is not consumed is shown again.
    private func parse(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var parser = RequestParser(limits: Self.limits)
        var pending: [UInt8] = []
        var requests: [Parsed] = []
        for piece in pieces {
            pending += piece
            var mayGoOn = true
            while mayGoOn, !pending.isEmpty {
                do throws(Problem) {
                    let (consumed, progress) = try parser.parse(pending.span)
                    pending.removeFirst(consumed)
                    switch progress {
                    case .needsMore: mayGoOn = false
                    case .head: break
                    case .complete(let request):
                        requests.append(
                            Parsed(
                                request.method, request.path, query: request.query,
                                body: String(decoding: request.body, as: UTF8.self)))
                    }
                } catch {
                    return .refused(error.status.code, code: error.code)
                }
            }
        }
        return parser.isBetweenRequests && pending.isEmpty ? .requests(requests) : .incomplete
    }

    private func expectEverywhere(_ input: String, _ outcome: Outcome) {
        let bytes = Array(input.utf8)
        #expect(parse([bytes[...]]) == outcome, "whole: \(input.debugDescription)")
        #expect(parse(bytes.indices.map { bytes[$0...$0] }) == outcome, "byte by byte: \(input.debugDescription)")
        for split in bytes.indices {
            #expect(parse([bytes[..<split], bytes[split...]]) == outcome, "split at \(split): \(input.debugDescription)")
        }
    }

    private static let accepted: [(String, [Parsed])] = [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", [Parsed("GET", "/")]),
        ("GET /a/b?c=d&e HTTP/1.1\r\nhost:a:80\r\n\r\n", [Parsed("GET", "/a/b", query: "c=d&e")]),
        ("GET /? HTTP/1.1\r\nHost:\r\n\r\n", [Parsed("GET", "/", query: "")]),
        // RFC 9112 section 2.2: an empty line before the request line.
        ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", [Parsed("GET", "/")]),
        // Section 2.3 and RFC 9110 section 2.5: older and higher minor versions.
        ("GET / HTTP/1.0\r\n\r\n", [Parsed("GET", "/")]), ("GET / HTTP/1.7\r\nHost: a\r\n\r\n", [Parsed("GET", "/")]),
        // Section 3.2: the forms of the target.
        ("GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n", [Parsed("GET", "/x", query: "y")]),
        ("GET HTTP://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n", [Parsed("GET", "/")]),
        ("GET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n", [Parsed("GET", "/", query: "q")]),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", [Parsed("OPTIONS", "*")]),
        ("GET /a%20b%2Fc%C3%A9 HTTP/1.1\r\nHost: a\r\n\r\n", [Parsed("GET", "/a b%2Fcé")]),
        ("GET /a%2Fb HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", [Parsed("GET", "/a%2Fb")]),
        ("GET /a%252Fb HTTP/1.1\r\nHost: [::1]\r\n\r\n", [Parsed("GET", "/a%252Fb")]),
        // RFC 9110 section 5.5: optional white space around values, bytes beyond ASCII.
        ("GET / HTTP/1.1\r\nHost:  \ta \t \r\nX: \u{e9}\r\nEmpty:\r\n\r\n", [Parsed("GET", "/")]),
        // Section 6.2 and 7.1: bodies.
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", [Parsed("POST", "/", body: "hello")]),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", [Parsed("POST", "/")]),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhello", [Parsed("POST", "/", body: "hello")]),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n006\r\n world\r\n0\r\n\r\n",
            [Parsed("POST", "/", body: "hello world")]
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\nA;x=\"y\"\r\n0123456789\r\n1 ;a\r\n!\r\n0\r\nT: 1\r\nU: 2\r\n\r\n",
            [Parsed("POST", "/", body: "0123456789!")]
        ),
        // Section 9.3.2: requests behind one another.
        (
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
            [Parsed("GET", "/1"), Parsed("POST", "/2", body: "x"), Parsed("GET", "/3")]
        ),
        ("PATCH-it! / HTTP/1.1\r\nHost: a\r\n\r\n", [Parsed("PATCH-it!", "/")]),
    ]

    @Test func accepts() {
        for (input, requests) in Self.accepted { expectEverywhere(input, .requests(requests)) }
    }

    private static let refused: [(String, Int, String)] = [
        // RFC 9112 section 3: the request line.
        ("GET /\r\n\r\n", 400, "bad_request_line"), ("GET  / HTTP/1.1\r\n\r\n", 400, "bad_request_line"),
        (" GET / HTTP/1.1\r\n\r\n", 400, "bad_request_line"), ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400, "bad_request_line"),
        ("GET / HTTP/1.1 \r\n\r\n", 400, "bad_version"), ("GET / HTTP/11\r\n\r\n", 400, "bad_version"),
        ("GET / http/1.1\r\n\r\n", 400, "bad_version"), ("GET / HTTP/1.x\r\n\r\n", 400, "bad_version"),
        ("GET / HTTP/2.0\r\n\r\n", 505, "version_not_supported"), ("GET / HTTP/0.9\r\n\r\n", 505, "version_not_supported"),
        ("G@T / HTTP/1.1\r\n\r\n", 400, "bad_method"), ("GET /\u{e9} HTTP/1.1\r\n\r\n", 400, "bad_target"),
        ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_target"), ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_target"),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not_implemented"),
        ("GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_target"),
        ("GET /%zz HTTP/1.1\r\n\r\n", 400, "bad_target"),
        ("GET /%4 HTTP/1.1\r\n\r\n", 400, "bad_target"), ("GET /%00 HTTP/1.1\r\n\r\n", 400, "bad_target"),
        ("GET /%ff HTTP/1.1\r\n\r\n", 400, "bad_target"), ("GET /a#b HTTP/1.1\r\n\r\n", 400, "bad_target"),
        ("GET /a?b#c HTTP/1.1\r\n\r\n", 400, "bad_target"),
        ("GET http://a:b/ HTTP/1.1\r\n\r\n", 400, "bad_target"), ("GET http://:80/ HTTP/1.1\r\n\r\n", 400, "bad_target"),
        ("GET http://a\\b/ HTTP/1.1\r\n\r\n", 400, "bad_target"), ("GET http://[::1/ HTTP/1.1\r\n\r\n", 400, "bad_target"),
        ("GET http:///x HTTP/1.1\r\n\r\n", 400, "bad_target"), ("GET ftp://a/ HTTP/1.1\r\n\r\n", 400, "bad_target"),
        ("GET /" + String(repeating: "a", count: 200) + " HTTP/1.1\r\n\r\n", 414, "uri_too_long"),
        // Section 2.2: line ends and control characters.
        ("GET / HTTP/1.1\nHost: a\n\n", 400, "bad_character"), ("GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "bad_character"),
        ("GET / HTTP/1.1\rHost: a\r\n\r\n", 400, "bad_character"), ("GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", 400, "bad_character"),
        ("GET / HTTP/1.1\r\nX: a\u{7f}\r\n\r\n", 400, "bad_character"), ("\u{16}\u{3}\u{1}", 400, "bad_character"),
        ("GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", 400, "bad_character"),
        // Section 5: fields.
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "bad_field"), ("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400, "bad_field"),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "bad_field"), ("GET / HTTP/1.1\r\nHost\r\n\r\n", 400, "bad_field"),
        ("GET / HTTP/1.1\r\n: a\r\n\r\n", 400, "bad_field"), ("GET / HTTP/1.1\r\nX(y): a\r\n\r\n", 400, "bad_field"),
        ("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 7) + "\r\n", 431, "too_many_fields"),
        ("GET / HTTP/1.1\r\nA: " + String(repeating: "b", count: 400) + "\r\n\r\n", 431, "fields_too_large"),
        // Section 3.2: Host.
        ("GET / HTTP/1.1\r\n\r\n", 400, "bad_host"), ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "bad_host"),
        ("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400, "bad_host"), ("GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", 400, "bad_host"),
        ("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, "bad_host"), ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "bad_host"), ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "bad_host"),
        ("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "bad_host"),
        ("GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", 400, "bad_host"), ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400, "bad_host"),
        ("GET / HTTP/1.1\r\nHost: a]\r\n\r\n", 400, "bad_host"), ("GET / HTTP/1.1\r\nHost: [1]2]:3\r\n\r\n", 400, "bad_host"),
        ("GET / HTTP/1.1\r\nHost: []\r\n\r\n", 400, "bad_host"), ("GET / HTTP/1.1\r\nHost: a%00b\r\n\r\n", 400, "bad_host"),
        // Section 6: what two readers could take for bodies of different length.
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            "ambiguous_length"
        ),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400, "bad_content_length"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", 400, "bad_content_length"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400, "bad_content_length"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400, "bad_content_length"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", 400, "bad_content_length"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5\r\n\r\n", 400, "bad_content_length"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400, "bad_content_length"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400, "bad_content_length"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 413, "body_too_large"),
        ("POST / HTTP/1.1\r\nHost: a\r\n\r\n", 411, "length_required"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400, "bad_transfer_encoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400, "bad_transfer_encoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "bad_transfer_encoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n", 400, "bad_transfer_encoding"),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "bad_transfer_encoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501, "unknown_transfer_coding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400, "bad_transfer_encoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 400, "bad_transfer_encoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chun\u{212A}ed\r\n\r\n", 400, "bad_transfer_encoding"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: coffee\r\n\r\nx", 417, "expectation_failed"),
        // Section 7.1: chunks.
        (chunked("+5\r\nhello\r\n"), 400, "bad_chunk"), (chunked(" 5\r\nhello\r\n"), 400, "bad_chunk"),
        (chunked("5 \r\nhello\r\n"), 400, "bad_chunk"), (chunked("0x5\r\nhello\r\n"), 400, "bad_chunk"),
        (chunked("\r\nhello\r\n"), 400, "bad_chunk"), (chunked(";x\r\nhello\r\n"), 400, "bad_chunk"),
        (chunked("g\r\n"), 400, "bad_chunk"), (chunked("5\nhello\r\n"), 400, "bad_character"),
        (chunked("5\r\nhello!\r\n"), 400, "bad_chunk"), (chunked("5\r\nhello\n"), 400, "bad_character"),
        (chunked("5;" + String(repeating: "x", count: 20) + "\r\n"), 400, "bad_chunk"),
        (chunked(String(repeating: "1;0123456789abcde\r\nx\r\n", count: 30)), 400, "bad_chunk"), (chunked("65\r\n"), 413, "body_too_large"), (chunked("FFFFFFFFFFFFFFFFFF\r\n"), 413, "body_too_large"),
        (chunked("40\r\n" + String(repeating: "x", count: 64) + "\r\n25\r\n"), 413, "body_too_large"),
        (chunked("0\r\nbad trailer\r\n\r\n"), 400, "bad_field"),
        (chunked("0\r\nT: " + String(repeating: "x", count: 400) + "\r\n\r\n"), 431, "fields_too_large"),
    ]

    private static func chunked(_ chunks: String) -> String {
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    }

    @Test func refuses() {
        for (input, status, code) in Self.refused { expectEverywhere(input, .refused(status, code: code)) }
    }

    /// No prefix of a good request is a request, or is refused.
    @Test func waitsForTheRest() {
        for (input, requests) in Self.accepted where requests.count == 1 {
            let bytes = Array(input.utf8)
            for end in 1..<bytes.count {
                let outcome = parse([bytes[..<end]])
                #expect(outcome == .incomplete || outcome == .requests([]) && input.hasPrefix("\r\n") && end == 2, "\(end) of \(input)")
            }
        }
    }

    /// Counted in sent bytes, in chunks, and in what a compressed body grows to.
    @Test(arguments: [("/small", 10), ("/large", 1_000), ("/other", 100)])
    func bodiesHaveTheLimitOfTheirPath(path: String, limit: Int) throws {
        var limits = Self.limits
        limits.bodyBytesByPath = ["/small": 10, "/large": 1_000]
        func status(_ size: Int, _ fields: String, _ body: (Int) -> [UInt8]) -> Int? {
            var parser = RequestParser(limits: limits)
            // A request before it, with another limit.
            let first = "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
            var rest = Array("\(first)POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8) + body(size)
            do throws(Problem) {
                while !rest.isEmpty {
                    let (consumed, progress) = try parser.parse(rest.span)
                    rest.removeFirst(consumed)
                    if case .complete(let request) = progress, request.path == path { return request.body.count == size ? 200 : nil }
                }
            } catch {
                return error.status.code
            }
            return nil
        }
        let plain: (Int) -> [UInt8] = { [UInt8](repeating: 65, count: $0) }
        let chunked: (Int) -> [UInt8] = { Array("\(String($0, radix: 16))\r\n".utf8) + plain($0) + Array("\r\n0\r\n\r\n".utf8) }
        for (size, expected) in [(limit, 200), (limit + 1, 413)] {
            #expect(status(size, "Content-Length: \(size)\r\n", plain) == expected)
            #expect(status(size, "Transfer-Encoding: chunked\r\n", chunked) == expected)
        }
    }

    /// Large bodies are refused while others take up what there is, and taken once those are done with.
    @Test func bodiesShareABudget() throws {
        let budget = BodyBudget(bytes: 5 << 20)
        var limits = Self.limits
        limits.bodyBytes = 4 << 20
        func request(_ size: Int) throws(Problem) -> HTTPRequest? {
            var parser = RequestParser(limits: limits, bodies: budget)
            var rest = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n".utf8) + [UInt8](repeating: 65, count: size)
            while !rest.isEmpty {
                let (consumed, progress) = try parser.parse(rest.span)
                rest.removeFirst(consumed)
                if case .complete(let request) = progress { return request }
            }
            return nil
        }
        func status(_ size: Int) -> Int {
            do throws(Problem) {
                return try request(size) == nil ? 0 : 200
            } catch {
                return error.status.code
            }
        }
        var held = try request(2 << 20)
        #expect(held?.body.count == 2 << 20)
        #expect(status(1 << 20) == 503)
        // Small bodies are not counted.
        #expect(status(50 << 10) == 200)
        held = nil
        #expect(status(2 << 20) == 200 && status(2 << 20) == 200)
        #expect(status(3 << 20) == 503)
    }

    @Test func keepsRepeatedFieldsApart() throws {
        var parser = RequestParser(limits: Self.limits)
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nAccept: x\r\nACCEPT: y\r\n\r\n".utf8)
        guard case .complete(let request) = try parser.parse(bytes.span).progress else {
            Issue.record("not complete")
            return
        }
        #expect(request.fields.values("accept") == ["x", "y"] && request.fields["Accept"] == "x, y")
        #expect(request.fields.map(\.name) == ["Host", "Accept", "ACCEPT"])
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false), ("HTTP/1.1", "Connection: x, Close\r\n", false),
        ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: keep-alive\r\n", true),
        ("HTTP/1.0", "Connection: keep-alive, close\r\n", false), ("HTTP/1.0", "Connection: \u{212A}eep-alive\r\n", false),
    ])
    func knowsWhetherTheConnectionPersists(version: String, field: String, keepsAlive: Bool) throws {
        var parser = RequestParser(limits: Self.limits)
        _ = try parser.parse(Array("GET / \(version)\r\nHost: a\r\n\(field)\r\n".utf8).span)
        #expect(parser.head.keepsAlive == keepsAlive)
    }
}

@Suite struct HTTPFieldsTests {
    @Test func refusesWhatWouldSplitAnAnswer() throws {
        var fields = HTTPFields()
        try fields.append("X-Good", "a\tb é")
        for value in ["a\r\nSet-Cookie: x", "a\nb", "a\rb", "a\0b"] {
            #expect(throws: HTTPFieldError.illegalValue(name: "X")) { try fields.append("X", value) }
        }
        for name in ["", "a b", "a:", "a\r\n", "é"] {
            #expect(throws: HTTPFieldError.illegalName(name)) { try fields.append(name, "x") }
        }
        #expect(fields.count == 1)
    }
}

@Suite struct MessageBytesTests {
    @Test(arguments: [0, 1, 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, UInt64.max, 0xA0A0_0909_9090_0A0A])
    func writesHexadecimalDigits(number: UInt64) {
        var word: [UInt8] = []
        word.append(hexadecimalWord: number)
        let digits = String(number, radix: 16)
        #expect(String(decoding: word, as: UTF8.self) == String(repeating: "0", count: 16 - digits.count) + digits)
        var short: [UInt8] = []
        short.append(hexadecimal: number)
        #expect(String(decoding: short, as: UTF8.self) == digits)
    }

    @Test(arguments: [0, 7, 10, 4_095, 1_000_000, Int.max])
    func writesDecimalDigits(number: Int) {
        var bytes: [UInt8] = []
        bytes.append(decimal: number)
        #expect(String(decoding: bytes, as: UTF8.self) == "\(number)")
    }
}
