/// What a request is for (RFC 9112 section 3.2).
struct RequestTarget: Sendable, Equatable {
    /// Percent-decoded, except for slashes and percent signs: `%2F` and `%25` stay, so that no two targets become one path.
    var path: String
    var query: String?

    /// The target of a request with `method`; nil if it is in no form that the method may use.
    init?(_ target: Span<UInt8>, method: String) {
        // A fragment is never sent (RFC 9110 section 7.1).
        guard target.count > 0, !target.indices.contains(where: { target[$0] == UInt8(ascii: "#") }) else { return nil }
        var start = 0
        if target[0] == UInt8(ascii: "*") {
            // asterisk-form, section 3.2.4
            guard target.count == 1, method == "OPTIONS" else { return nil }
            self.init(path: "*", query: nil)
            return
        }
        if target[0] != UInt8(ascii: "/") {
            guard let pathStart = Self.pathOfAbsoluteForm(target) else { return nil }
            start = pathStart
        }
        var end = start
        while end < target.count, target[end] != UInt8(ascii: "?") { end += 1 }
        guard let path = Self.decodedPath(target, start, end) else { return nil }
        self.init(path: path, query: nil)
        if end < target.count { query = target.string(end + 1..<target.count) }
    }

    init(path: String, query: String?) {
        self.path = path
        self.query = query
    }

    /// Where the path of `http://authority/path` begins (section 3.2.2): at the target's end if it has none.
    private static func pathOfAbsoluteForm(_ target: Span<UInt8>) -> Int? {
        let schemes = ["http://", "https://"].map { Array($0.utf8) }
        for scheme in schemes where target.count > scheme.count {
            guard scheme.indices.allSatisfy({ CharacterClass.lowercased(target[$0]) == scheme[$0] }) else { continue }
            var position = scheme.count
            while position < target.count, target[position] != UInt8(ascii: "/"), target[position] != UInt8(ascii: "?") {
                position += 1
            }
            // It takes the place of the Host field, so it has to be as good a host, and not an empty one (RFC 9110 section
            // 4.2.1). User information is an error, or a trick (section 4.2.4).
            let authority = target.extracting(scheme.count..<position)
            guard authority.count > 0, authority[0] != UInt8(ascii: ":"), RequestHead.isHost(authority) else { return nil }
            return position
        }
        return nil
    }

    private static func decodedPath(_ target: Span<UInt8>, _ start: Int, _ end: Int) -> String? {
        if start == end { return "/" }
        guard (start..<end).contains(where: { target[$0] == UInt8(ascii: "%") }) else {
            return target.string(start..<end)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end - start)
        var position = start
        while position < end {
            let byte = target[position]
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                position += 1
                continue
            }
            guard position + 2 < end, let high = CharacterClass.hexadecimal(target[position + 1]),
                let low = CharacterClass.hexadecimal(target[position + 2]), high << 4 | low != 0
            else { return nil }
            switch UInt8(high << 4 | low) {
            case UInt8(ascii: "/"): bytes.append(contentsOf: "%2F".utf8)
            case UInt8(ascii: "%"): bytes.append(contentsOf: "%25".utf8)
            case let decoded: bytes.append(decoded)
            }
            position += 3
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

