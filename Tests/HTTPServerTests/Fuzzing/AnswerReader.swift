@testable import HTTPServer

/// Reads answers as strictly as a client could (RFC 9112 sections 4 to 7).
struct AnswerReader {
    private var rest: ArraySlice<UInt8>

    /// Checks that `bytes` are the expected answers and nothing else.
    static func check(_ bytes: [UInt8], _ expected: [ExpectedAnswer]) throws(Finding) {
        var reader = AnswerReader(rest: bytes[...])
        var isClosing = false
        for answer in expected {
            try expect(!isClosing, "an answer follows Connection: close")
            isClosing = try reader.read(answer)
        }
        // A request that never came to its end may have been waited for.
        if !isClosing { try reader.skipContinue() }
        try expect(reader.rest.isEmpty, "more is written than the answers")
    }

    /// Reads one answer, and what may precede it.
    ///
    /// - Returns: whether it is the last on its connection.
    private mutating func read(_ expected: ExpectedAnswer) throws(Finding) -> Bool {
        try skipContinue()
        try expect(line().hasPrefix("HTTP/1.1 \(expected.status.code) "), "the answer is not \(expected.status.code)")
        let fields = try fields()
        let isClosing = fields["connection"] == "close"
        if expected.isHead { return isClosing }
        var body: [UInt8]
        if let length = fields["content-length"].flatMap({ Int($0) }) {
            body = try bytes(length)
        } else if fields["transfer-encoding"] == "chunked" {
            body = try chunks()
        } else {
            try expect(isClosing, "nothing tells where the body ends")
            body = try bytes(rest.count)
        }
        if let wanted = expected.body { try expect(body == wanted, "the body is another one") }
        return isClosing
    }

    /// RFC 9110 section 15.2.1.
    private mutating func skipContinue() throws(Finding) {
        let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        if rest.starts(with: interim) { rest.removeFirst(interim.count) }
    }

    /// By name in lower case. No field comes twice.
    private mutating func fields() throws(Finding) -> [String: String] {
        var fields: [String: String] = [:]
        while case let line = try line(), !line.isEmpty {
            guard let colon = line.firstRange(of: ": ") else { throw Finding("no field: \(line)") }
            let former = fields.updateValue(String(line[colon.upperBound...]), forKey: line[..<colon.lowerBound].lowercased())
            try expect(former == nil, "twice: \(line)")
        }
        return fields
    }

    private mutating func chunks() throws(Finding) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            guard let size = try Int(line(), radix: 16) else { throw Finding("a chunk has no size") }
            body += try bytes(size)
            try expect(line().isEmpty, "a chunk is longer than its size")
            if size == 0 { return body }
        }
    }

    private mutating func bytes(_ count: Int) throws(Finding) -> [UInt8] {
        try expect(rest.count >= count, "the body is too short")
        defer { rest.removeFirst(count) }
        return Array(rest.prefix(count))
    }

    /// The next line, without its CR LF.
    private mutating func line() throws(Finding) -> String {
        let line = rest.prefix { CharacterClass.isFieldValue($0) }
        rest.removeFirst(line.count)
        try expect(rest.starts(with: [0x0D, 0x0A]), "a line has no end, or a control character")
        rest.removeFirst(2)
        return String(decoding: line, as: UTF8.self)
    }
}
