/// A recursive-descent parser over the bytes of a text, one function per production of RFC 8259.
struct JSONParser {
    private var nodes: [JSONNode] = []
    private var position = 0
    private var depth = 0
    private let maximumDepth: Int

    /// A vocabulary of a million entries and as many merges has 7 million; a hostile text could have one for every second byte.
    private static let maximumNodes = 1 << 24

    static func parse(_ bytes: [UInt8], maximumDepth: Int) throws(JSONSyntaxError) -> [JSONNode] {
        guard bytes.count <= JSONNode.maximumTextLength else { throw JSONSyntaxError(problem: .tooLarge, byteOffset: 0) }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw JSONSyntaxError(problem: .invalidUTF8, byteOffset: error.byteOffsets.lowerBound)
        }
        var parser = JSONParser(maximumDepth: maximumDepth)
        // Few texts have a value in less than every sixth byte; those let the list grow.
        parser.nodes.reserveCapacity(bytes.count / 6 + 2)
        try parser.parseText(bytes.span.bytes)
        return parser.nodes
    }

    private init(maximumDepth: Int) { self.maximumDepth = maximumDepth }

    private mutating func parseText(_ text: RawSpan) throws(JSONSyntaxError) {
        try parseValue(text)
        skipWhitespace(text)
        guard position == text.byteCount else { throw failure(.trailingContent) }
    }

    private mutating func parseValue(_ text: RawSpan) throws(JSONSyntaxError) {
        guard nodes.count < Self.maximumNodes else { throw failure(.tooManyValues) }
        switch try peekToken(text) {
        case UInt8(ascii: "\""): try parseString(text)
        case UInt8(ascii: "{"): try parseObject(text)
        case UInt8(ascii: "["): try parseArray(text)
        case UInt8(ascii: "t"): try parseLiteral("true", text)
        case UInt8(ascii: "f"): try parseLiteral("false", text)
        case UInt8(ascii: "n"): try parseLiteral("null", text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber(text)
        case let byte: throw failure(.unexpectedByte(byte))
        }
    }

    private mutating func parseObject(_ text: RawSpan) throws(JSONSyntaxError) {
        let node = try openContainer()
        var count = 0
        if try peekToken(text) != UInt8(ascii: "}") {
            while true {
                guard try peekToken(text) == UInt8(ascii: "\"") else { throw failure(.unexpectedByte(text[position])) }
                try parseString(text)
                try expect(UInt8(ascii: ":"), text)
                try parseValue(text)
                count += 1
                guard try peekToken(text) == UInt8(ascii: ",") else { break }
                position += 1
            }
        }
        try expect(UInt8(ascii: "}"), text)
        closeContainer(node, count)
    }

    private mutating func parseArray(_ text: RawSpan) throws(JSONSyntaxError) {
        let node = try openContainer()
        var count = 0
        if try peekToken(text) != UInt8(ascii: "]") {
            while true {
                try parseValue(text)
                count += 1
                guard try peekToken(text) == UInt8(ascii: ",") else { break }
                position += 1
            }
        }
        try expect(UInt8(ascii: "]"), text)
        closeContainer(node, count)
    }

    private mutating func parseString(_ text: RawSpan) throws(JSONSyntaxError) {
        let quote = position
        var hasEscapes = false
        position += 1
        while true {
            position = text.endOfPlainText(from: position)
            switch try peek(text) {
            case UInt8(ascii: "\""):
                nodes.append(JSONNode(start: quote, length: position - quote - 1, hasEscapes: hasEscapes))
                position += 1
                return
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape(text)
            case let byte: throw failure(.controlCharacterInString(byte))
            }
        }
    }

    private mutating func skipEscape(_ text: RawSpan) throws(JSONSyntaxError) {
        let escapeStart = position
        position += 1
        let letter = try peek(text)
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        case UInt8(ascii: "u"):
            let unit = try parseCodeUnit(text)
            if UTF16.isTrailSurrogate(unit) { throw failure(.loneSurrogate, at: escapeStart) }
            guard UTF16.isLeadSurrogate(unit) else { return }
            guard position + 1 < text.byteCount, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u")
            else { throw failure(.loneSurrogate, at: escapeStart) }
            position += 2
            guard UTF16.isTrailSurrogate(try parseCodeUnit(text)) else { throw failure(.loneSurrogate, at: escapeStart) }
        default:
            throw failure(.invalidEscape, at: escapeStart)
        }
    }

    private mutating func parseCodeUnit(_ text: RawSpan) throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = hexadecimalDigit(try peek(text)) else { throw failure(.invalidEscape) }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    /// RFC 8259 section 6: no leading zeros, no plus sign, digits on both sides of the point.
    private mutating func parseNumber(_ text: RawSpan) throws(JSONSyntaxError) {
        let start = position
        if text[position] == UInt8(ascii: "-") { position += 1 }
        if position < text.byteCount, text[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try skipDigits(text, from: start)
        }
        if position < text.byteCount, text[position] == UInt8(ascii: ".") {
            position += 1
            try skipDigits(text, from: start)
        }
        if position < text.byteCount, text[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < text.byteCount, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") {
                position += 1
            }
            try skipDigits(text, from: start)
        }
        nodes.append(JSONNode(start: start, length: position - start))
    }

    private mutating func skipDigits(_ text: RawSpan, from start: Int) throws(JSONSyntaxError) {
        let first = position
        while position < text.byteCount, text[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > first else { throw failure(.invalidNumber, at: start) }
    }

    private mutating func parseLiteral(_ literal: String, _ text: RawSpan) throws(JSONSyntaxError) {
        let start = position
        for byte in literal.utf8 {
            let found = try peek(text)
            guard found == byte else { throw failure(.unexpectedByte(found)) }
            position += 1
        }
        nodes.append(JSONNode(start: start, length: position - start))
    }

    /// Returns the container's node; both of its nodes are finished once it is closed.
    private mutating func openContainer() throws(JSONSyntaxError) -> Int {
        depth += 1
        guard depth <= maximumDepth else { throw failure(.tooDeep(maximumDepth: maximumDepth)) }
        nodes.append(JSONNode(start: position, next: 0))
        nodes.append(JSONNode(count: 0, end: 0))
        position += 1
        return nodes.count - 2
    }

    private mutating func closeContainer(_ node: Int, _ count: Int) {
        depth -= 1
        nodes[node] = JSONNode(start: nodes[node].start, next: nodes.count)
        nodes[node + 1] = JSONNode(count: count, end: position)
    }

    @inline(__always)
    private mutating func skipWhitespace(_ text: RawSpan) {
        while position < text.byteCount {
            switch text[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// The byte at the current position.
    private func peek(_ text: RawSpan) throws(JSONSyntaxError) -> UInt8 {
        guard position < text.byteCount else { throw failure(.unexpectedEnd) }
        return text[position]
    }

    /// The next byte that is not white space, after going there.
    @inline(__always)
    private mutating func peekToken(_ text: RawSpan) throws(JSONSyntaxError) -> UInt8 {
        skipWhitespace(text)
        return try peek(text)
    }

    private mutating func expect(_ byte: UInt8, _ text: RawSpan) throws(JSONSyntaxError) {
        let found = try peekToken(text)
        guard found == byte else { throw failure(.unexpectedByte(found)) }
        position += 1
    }

    private func failure(_ problem: JSONSyntaxError.Problem, at offset: Int? = nil) -> JSONSyntaxError {
        JSONSyntaxError(problem: problem, byteOffset: offset ?? position)
    }
}

/// The value of one hexadecimal digit, either case.
func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
