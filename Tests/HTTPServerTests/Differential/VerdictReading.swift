import JSON

extension Verdict {
    /// A verdict as Tests/Fixtures/generate_http_fixtures.py writes it.
    init?(_ json: JSONValue) {
        let parts = Array(json.elements)
        guard parts.count == 2, let end = parts[1].string.flatMap(End.init) else { return nil }
        messages = parts[0].elements.compactMap(Message.init)
        self.end = end
        guard messages.count == parts[0].count else { return nil }
    }
}

extension Verdict.Message {
    fileprivate init?(_ json: JSONValue) {
        let parts = Array(json.elements)
        guard parts.count == 4, let method = parts[0].string, let target = parts[1].string, let fieldCount = parts[2].integer,
            let body = parts[3].latin1
        else { return nil }
        self.init(method: method, target: target, fieldCount: fieldCount, body: body)
    }
}

extension Verdict.End {
    fileprivate init?(_ text: String) {
        switch text {
        case "open": self = .open
        case "closed": self = .closed
        case "incomplete": self = .incomplete
        case "upgraded": self = .upgraded
        default:
            guard text.hasPrefix("rejected: ") else { return nil }
            self = .rejected(String(text.dropFirst("rejected: ".count)))
        }
    }
}

extension JSONValue {
    /// Bytes that were written as the characters of the same number.
    var latin1: [UInt8]? {
        guard let scalars = string?.unicodeScalars, scalars.allSatisfy({ $0.value < 0x100 }) else { return nil }
        return scalars.map { UInt8($0.value) }
    }
}
