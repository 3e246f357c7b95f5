/// Reads one request after another from the bytes of a connection (RFC 9112), resumable at every byte and free of I/O.
///
/// The caller shows it what has arrived and not been consumed yet; the parser consumes whole lines and as much of a body as is
/// there. Lines end with CR LF, always: a reader that takes a bare LF for a line's end can be made to see other requests than the
/// proxy before it.
struct RequestParser: ~Copyable {
    /// What the parser has come to.
    enum Progress {
        /// Everything that can be read so far has been.
        case needsMore
        /// The header section is complete and a body follows; it has not been looked at yet.
        case head
        case complete(HTTPRequest)
    }

    private enum State {
        case requestLine(skippedEmptyLine: Bool)
        case fields
        case body(remaining: Int)
        case chunkLine
        case chunkData(remaining: Int)
        case chunkEnd
        case trailers
    }

    private let limits: HTTPRequestLimits
    /// Bytes that the body of the present request may have.
    private var bodyLimit: Int
    private var state = State.requestLine(skippedEmptyLine: false)
    private(set) var head = RequestHead()
    private var fieldBytes = 0
    /// Bytes of the chunk extensions of this body.
    private var extensionBytes = 0
    /// As far as it has come, decompressed.
    private var body: [UInt8] = []
    /// Bytes of the body that have come, as they were sent.
    private(set) var receivedBodyBytes = 0
    private let bodies: BodyBudget
    /// What the body may take up in memory so far.
    private var allowance: BodyAllowance?
    /// For a compressed body.
    private var inflater: Inflater?
    /// Bytes of the current line that were looked at before and hold no line end.
    private var scanned = 0

    /// Room that is made for a body before it comes, whatever its length is said to be.
    private static let mostReserved = 256 << 10

    init(limits: HTTPRequestLimits, bodies: BodyBudget = BodyBudget(bytes: .max)) {
        self.limits = limits
        self.bodies = bodies
        bodyLimit = limits.bodyBytes
    }

    /// Whether no byte of a request has been seen since the last one ended.
    var isBetweenRequests: Bool {
        if case .requestLine = state { scanned == 0 } else { false }
    }

    /// Whether the header section has been read and the body has not.
    private(set) var isReadingBody = false

    /// The method of the request that is being read, once it is known.
    var method: String? {
        if case .requestLine = state { nil } else { head.method }
    }

    /// The request whose header section has been read, without its body.
    var announcedRequest: HTTPRequest {
        HTTPRequest(method: head.method, path: head.target.path, query: head.target.query, fields: head.fields)
    }

    /// Reads on.
    ///
    /// - Parameter bytes: what has arrived and was not consumed by earlier calls.
    /// - Returns: how many of `bytes` are done with, and what came of it.
    /// - Throws: the problem that the request is refused with; the connection is of no use after that.
    mutating func parse(_ bytes: Span<UInt8>) throws(Problem) -> (consumed: Int, progress: Progress) {
        var position = 0
        while true {
            switch state {
            case .requestLine(let skippedEmptyLine):
                guard let line = try nextLine(bytes, from: position, limit: limits.requestLineBytes, tooLong: .lineTooLong) else {
                    return (position, .needsMore)
                }
                position = line.upperBound + 2
                if line.isEmpty, !skippedEmptyLine {
                    // RFC 9112 section 2.2: an empty line before a request is ignored.
                    state = .requestLine(skippedEmptyLine: true)
                } else {
                    try parseRequestLine(bytes, line)
                    state = .fields
                }
            case .fields:
                guard let line = try nextFieldLine(bytes, from: position) else { return (position, .needsMore) }
                position = line.upperBound + 2
                guard line.isEmpty else {
                    try parseField(bytes, line)
                    continue
                }
                isReadingBody = true
                try head.finish(bodyLimit: bodyLimit)
                try prepareInflater()
                switch head.body {
                case .none: return (position, .complete(try takeRequest()))
                case .length(let length):
                    body.reserveCapacity(min(length, Self.mostReserved))
                    state = .body(remaining: length)
                case .chunked: state = .chunkLine
                }
                fieldBytes = 0
                return (position, .head)
            case .body(let remaining):
                let count = try take(remaining, of: bytes, from: &position)
                guard count == remaining else {
                    state = .body(remaining: remaining - count)
                    return (position, .needsMore)
                }
                return (position, .complete(try takeRequest()))
            case .chunkLine:
                guard let line = try nextLine(bytes, from: position, limit: limits.chunkLineBytes, tooLong: .chunkLineTooLong)
                else { return (position, .needsMore) }
                position = line.upperBound + 2
                let size = try chunkSize(bytes, line)
                state = size == 0 ? .trailers : .chunkData(remaining: size)
            case .chunkData(let remaining):
                let count = try take(remaining, of: bytes, from: &position)
                state = count == remaining ? .chunkEnd : .chunkData(remaining: remaining - count)
                if count < remaining { return (position, .needsMore) }
            case .chunkEnd:
                guard let line = try nextLine(bytes, from: position, limit: 0, tooLong: .chunkTooLong) else {
                    return (position, .needsMore)
                }
                position = line.upperBound + 2
                state = .chunkLine
            case .trailers:
                // RFC 9112 section 7.1.2: read by the same rules as header fields, then dropped.
                guard let line = try nextFieldLine(bytes, from: position) else { return (position, .needsMore) }
                position = line.upperBound + 2
                if line.isEmpty { return (position, .complete(try takeRequest())) }
                _ = try field(bytes, line)
            }
        }
    }

    private mutating func takeRequest() throws(Problem) -> HTTPRequest {
        do throws(ContentCodingError) {
            try inflater.take()?.finish()
        } catch {
            throw error.problem
        }
        var request = announcedRequest
        request.body = body
        request.allowance = allowance.take()
        // An idle connection keeps nothing of its last request.
        head.fields = HTTPFields()
        body = []
        receivedBodyBytes = 0
        fieldBytes = 0
        extensionBytes = 0
        isReadingBody = false
        state = .requestLine(skippedEmptyLine: false)
        return request
    }

    // MARK: Lines

    /// The line from `start` to its CR LF, both left out; nil if the end has not come yet.
    private mutating func nextLine(
        _ bytes: Span<UInt8>, from start: Int, limit: Int, tooLong: @autoclosure () -> Problem
    ) throws(Problem) -> Range<Int>? {
        let end = bytes.firstControlCharacter(from: start + scanned)
        guard end - start <= limit else { throw tooLong() }
        scanned = end - start
        guard end < bytes.count else { return nil }
        // RFC 9112 section 2.2: CR LF ends a line; a bare CR or LF, and any other control character, is invalid.
        guard bytes[end] == 0x0D else {
            throw .badRequest("bad_character", bytes[end] == 0x0A ? "a line ends with a bare LF" : "a control character in the header")
        }
        guard end + 1 < bytes.count else { return nil }
        guard bytes[end + 1] == 0x0A else { throw .badRequest("bad_character", "a bare CR in the header") }
        scanned = 0
        return start..<end
    }

    private mutating func nextFieldLine(_ bytes: Span<UInt8>, from start: Int) throws(Problem) -> Range<Int>? {
        let limit = limits.fieldBytes
        guard let line = try nextLine(bytes, from: start, limit: limit - fieldBytes, tooLong: .fieldsTooLarge(limit: limit)) else {
            return nil
        }
        fieldBytes += line.count
        return line
    }

    // MARK: Head

    /// RFC 9112 section 3: method SP request-target SP HTTP-version.
    private mutating func parseRequestLine(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(Problem) {
        guard let methodEnd = firstSpace(bytes, line), let targetEnd = firstSpace(bytes, methodEnd + 1..<line.upperBound),
            methodEnd > line.lowerBound, targetEnd > methodEnd + 1
        else { throw .badRequest("bad_request_line", "the request line is not method, target and version") }
        for index in line.lowerBound..<methodEnd where !CharacterClass.isToken(bytes[index]) {
            throw .badRequest("bad_method", "the method has an illegal character")
        }
        for index in methodEnd + 1..<targetEnd where !CharacterClass.isTarget(bytes[index]) {
            throw .badRequest("bad_target", "the request target has an illegal character")
        }
        head = RequestHead()
        head.isVersion1_0 = try isVersion1_0(bytes, targetEnd + 1..<line.upperBound)
        head.method = bytes.string(line.lowerBound..<methodEnd)
        guard head.method != "CONNECT" else {
            throw Problem(
                status: .notImplemented, code: "not_implemented", title: "Not implemented", detail: "this server is no proxy")
        }
        guard let target = RequestTarget(bytes.extracting(methodEnd + 1..<targetEnd), method: head.method) else {
            throw .badRequest("bad_target", "the request target is no path and no http URI")
        }
        head.target = target
        if !limits.bodyBytesByPath.isEmpty { bodyLimit = limits.bodyBytesByPath[target.path] ?? limits.bodyBytes }
    }

    private func firstSpace(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        range.first { bytes[$0] == 0x20 }
    }

    /// RFC 9112 section 2.3. A higher minor version is read as 1.1 (RFC 9110 section 2.5); another major version is 505.
    private func isVersion1_0(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(Problem) -> Bool {
        let start = range.lowerBound
        guard range.count == 8, bytes.string(start..<start + 5) == "HTTP/", bytes[start + 6] == UInt8(ascii: "."),
            case let (major, minor) = (bytes[start + 5], bytes[start + 7]), major &- 0x30 < 10, minor &- 0x30 < 10
        else { throw .badRequest("bad_version", "the HTTP version is malformed") }
        guard major == UInt8(ascii: "1") else {
            throw Problem(
                status: .httpVersionNotSupported, code: "version_not_supported", title: "HTTP version not supported",
                detail: "this server speaks HTTP/1.1 and HTTP/1.0")
        }
        return minor == UInt8(ascii: "0")
    }

    private mutating func parseField(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(Problem) {
        guard head.fields.count < limits.fieldCount else { throw .tooManyFields(limit: limits.fieldCount) }
        let (name, value) = try field(bytes, line)
        let start = line.lowerBound
        head.fields.append(
            line: bytes.extracting(line), name: 0..<name.count,
            value: value.lowerBound - start..<value.upperBound - start)
    }

    /// RFC 9112 section 5: field-name ":" OWS field-value OWS, with no white space before the colon (section 5.1) and no line
    /// folding (section 5.2).
    private func field(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(Problem) -> (name: Range<Int>, value: Range<Int>) {
        var colon = line.lowerBound
        while colon < line.upperBound, CharacterClass.isToken(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else {
            throw .badRequest("bad_field", "a header line is not a name, a colon and a value")
        }
        var start = colon + 1
        var end = line.upperBound
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return (line.lowerBound..<colon, start..<end)
    }

    // MARK: Body

    private mutating func prepareInflater() throws(Problem) {
        guard head.body != .none else { return }
        do throws(ContentCodingError) {
            inflater = try Inflater(head.contentCoding, limits: InflationLimits(bytes: bodyLimit))
        } catch {
            throw error.problem
        }
    }

    /// Moves up to `wanted` bytes into the body.
    private mutating func take(_ wanted: Int, of bytes: Span<UInt8>, from position: inout Int) throws(Problem) -> Int {
        let count = min(wanted, bytes.count - position)
        let part = bytes.extracting(position..<position + count)
        if inflater == nil {
            body.append(part)
        } else {
            do throws(ContentCodingError) {
                try inflater?.append(part, to: &body)
            } catch {
                throw error.problem
            }
        }
        allowance = try BodyAllowance.extending(allowance, to: body.count, of: bodies)
        position += count
        receivedBodyBytes += count
        return count
    }

    /// RFC 9112 section 7.1: hexadecimal digits, then extensions after a semicolon, which are ignored.
    private mutating func chunkSize(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(Problem) -> Int {
        var size = 0
        var position = line.lowerBound
        while position < line.upperBound, let digit = CharacterClass.hexadecimal(bytes[position]) {
            guard size <= bodyLimit >> 4 + 1 else { throw .bodyTooLarge(declared: nil, limit: bodyLimit) }
            size = size << 4 | digit
            position += 1
        }
        // White space is allowed between the size and an extension's semicolon, and nowhere else (section 7.1.1).
        let hasDigits = position > line.lowerBound
        var rest = position
        while rest < line.upperBound, bytes[rest] == 0x20 || bytes[rest] == 0x09 { rest += 1 }
        guard hasDigits, position == line.upperBound || rest < line.upperBound && bytes[rest] == UInt8(ascii: ";") else {
            throw .badRequest("bad_chunk", "a chunk's size is not hexadecimal digits")
        }
        extensionBytes += line.upperBound - position
        guard extensionBytes <= limits.fieldBytes else { throw .badRequest("bad_chunk", "the chunk extensions are too long") }
        guard size <= bodyLimit - receivedBodyBytes else { throw .bodyTooLarge(declared: nil, limit: bodyLimit) }
        return size
    }
}

extension Span<UInt8> {
    /// The position of the first byte from `start` on that may not stand in a field value; `count` if there is none.
    fileprivate func firstControlCharacter(from start: Int) -> Int {
        var position = start
        while position + 8 <= count, CharacterClass.areFieldValue(bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)) {
            position += 8
        }
        while position < count, CharacterClass.isFieldValue(self[position]) { position += 1 }
        return position
    }
}

extension Problem {
    fileprivate static let lineTooLong = Problem(
        status: .uriTooLong, code: "uri_too_long", title: "URI too long", detail: "the request line is too long")
    fileprivate static let chunkLineTooLong = badRequest("bad_chunk", "the line before a chunk is too long")
    fileprivate static let chunkTooLong = badRequest("bad_chunk", "a chunk is longer than its size")

    fileprivate static func fieldsTooLarge(limit: Int) -> Problem {
        Problem(
            status: .requestHeaderFieldsTooLarge, code: "fields_too_large", title: "Header too large",
            detail: "the header fields may have \(limit) bytes")
    }

    fileprivate static func tooManyFields(limit: Int) -> Problem {
        Problem(
            status: .requestHeaderFieldsTooLarge, code: "too_many_fields", title: "Too many header fields",
            detail: "a request may have \(limit) header fields")
    }
}
