/// A recursive-descent parser over the bytes of a text, one function per production of RFC 8259.
struct JSONParser {
    private var nodes: [JSONNode] = []
    private var position = 0
    private var depth = 0
    private let maximumDepth: Int

    static func parse(_ bytes: [UInt8], maximumDepth: Int) throws(JSONSyntaxError) -> [JSONNode] {
        guard bytes.count < Int(UInt32.max) else { throw JSONSyntaxError(problem: .tooLarge, byteOffset: 0) }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw JSONSyntaxError(problem: .invalidUTF8, byteOffset: error.byteOffsets.lowerBound)
        }
        var parser = JSONParser(maximumDepth: maximumDepth)
        parser.nodes.reserveCapacity(bytes.count / 8)
        try parser.parseText(bytes.span)
        return parser.nodes
    }

    private init(maximumDepth: Int) { self.maximumDepth = maximumDepth }

    private mutating func parseText(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        skipWhitespace(text)
        try parseValue(text)
        skipWhitespace(text)
        guard position == text.count else { throw failure(.trailingContent) }
    }

    private mutating func parseValue(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        switch try peek(text) {
        case UInt8(ascii: "{"): try parseObject(text)
        case UInt8(ascii: "["): try parseArray(text)
        case UInt8(ascii: "\""): try parseString(text)
        case UInt8(ascii: "t"): try parseLiteral("true", .boolean, text)
        case UInt8(ascii: "f"): try parseLiteral("false", .boolean, text)
        case UInt8(ascii: "n"): try parseLiteral("null", .null, text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber(text)
        case let byte: throw failure(.unexpectedByte(byte))
        }
    }

    private mutating func parseObject(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let node = try openContainer(.object)
        skipWhitespace(text)
        if try peek(text) != UInt8(ascii: "}") {
            while true {
                guard try peek(text) == UInt8(ascii: "\"") else { throw failure(.unexpectedByte(text[position])) }
                try parseString(text)
                skipWhitespace(text)
                try expect(UInt8(ascii: ":"), text)
                skipWhitespace(text)
                try parseValue(text)
                skipWhitespace(text)
                guard try peek(text) == UInt8(ascii: ",") else { break }
                position += 1
                skipWhitespace(text)
            }
        }
        try expect(UInt8(ascii: "}"), text)
        closeContainer(node)
    }

    private mutating func parseArray(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let node = try openContainer(.array)
        skipWhitespace(text)
        if try peek(text) != UInt8(ascii: "]") {
            while true {
                try parseValue(text)
                skipWhitespace(text)
                guard try peek(text) == UInt8(ascii: ",") else { break }
                position += 1
                skipWhitespace(text)
            }
        }
        try expect(UInt8(ascii: "]"), text)
        closeContainer(node)
    }

    private mutating func parseString(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        position += 1
        let start = position
        var hasEscapes = false
        while true {
            let byte = try peek(text)
            switch byte {
            case UInt8(ascii: "\""):
                append(.string, from: start, hasEscapes: hasEscapes)
                position += 1
                return
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape(text)
            case 0..<0x20:
                throw failure(.controlCharacterInString(byte))
            default:
                position += 1
            }
        }
    }

    private mutating func skipEscape(_ text: Span<UInt8>) throws(JSONSyntaxError) {
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
            guard position + 1 < text.count, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u")
            else { throw failure(.loneSurrogate, at: escapeStart) }
            position += 2
            guard UTF16.isTrailSurrogate(try parseCodeUnit(text)) else { throw failure(.loneSurrogate, at: escapeStart) }
        default:
            throw failure(.invalidEscape, at: escapeStart)
        }
    }

    private mutating func parseCodeUnit(_ text: Span<UInt8>) throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = hexadecimalDigit(try peek(text)) else { throw failure(.invalidEscape) }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    /// RFC 8259 section 6: no leading zeros, no plus sign, digits on both sides of the point.
    private mutating func parseNumber(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let start = position
        if text[position] == UInt8(ascii: "-") { position += 1 }
        if position < text.count, text[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try skipDigits(text, from: start)
        }
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            try skipDigits(text, from: start)
        }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < text.count, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") {
                position += 1
            }
            try skipDigits(text, from: start)
        }
        append(.number, from: start)
    }

    private mutating func skipDigits(_ text: Span<UInt8>, from start: Int) throws(JSONSyntaxError) {
        let first = position
        while position < text.count, text[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > first else { throw failure(.invalidNumber, at: start) }
    }

    private mutating func parseLiteral(
        _ literal: StaticString, _ kind: JSONValue.Kind, _ text: Span<UInt8>
    ) throws(JSONSyntaxError) {
        let start = position
        for byte in literal.description.utf8 { try expect(byte, text) }
        append(kind, from: start)
    }

    private mutating func openContainer(_ kind: JSONValue.Kind) throws(JSONSyntaxError) -> Int {
        depth += 1
        guard depth <= maximumDepth else { throw failure(.tooDeep(maximumDepth: maximumDepth)) }
        append(kind, from: position)
        position += 1
        return nodes.count - 1
    }

    private mutating func closeContainer(_ node: Int) {
        depth -= 1
        nodes[node].end = UInt32(position)
        nodes[node].next = UInt32(nodes.count)
    }

    private mutating func append(_ kind: JSONValue.Kind, from start: Int, hasEscapes: Bool = false) {
        nodes.append(
            JSONNode(
                start: UInt32(start), end: UInt32(position), next: UInt32(nodes.count + 1), kind: kind,
                hasEscapes: hasEscapes))
    }

    private mutating func skipWhitespace(_ text: Span<UInt8>) {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private func peek(_ text: Span<UInt8>) throws(JSONSyntaxError) -> UInt8 {
        guard position < text.count else { throw failure(.unexpectedEnd) }
        return text[position]
    }

    private mutating func expect(_ byte: UInt8, _ text: Span<UInt8>) throws(JSONSyntaxError) {
        let found = try peek(text)
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
