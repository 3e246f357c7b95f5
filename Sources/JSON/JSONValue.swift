/// One value inside a `JSONDocument`: a cheap view that keeps the document alive.
public struct JSONValue: Sendable {
    public enum Kind: UInt8, Sendable {
        case null, boolean, number, string, array, object
    }

    let storage: JSONStorage
    let index: Int

    private var node: JSONNode { storage.nodes[index] }

    public var kind: Kind { node.kind }
    public var isNull: Bool { kind == .null }

    /// `true` or `false`, or nil for any other kind.
    public var boolean: Bool? {
        kind == .boolean ? storage.bytes[Int(node.start)] == UInt8(ascii: "t") : nil
    }

    /// The number if it is written without fraction or exponent and fits; `1.0` and `1e3` are no integers here.
    public var integer: Int? {
        kind == .number ? Int(text) : nil
    }

    /// The number, rounded to the nearest double; nil for other kinds and for magnitudes beyond a double.
    public var double: Double? {
        guard kind == .number, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// The characters of a string, or nil for any other kind.
    public var string: String? {
        kind == .string ? String(decoding: unescapedBytes, as: UTF8.self) : nil
    }

    /// The UTF-8 bytes of a string, exactly as written once escapes are resolved, or nil for any other kind.
    public var utf8: [UInt8]? {
        kind == .string ? unescapedBytes : nil
    }

    /// The elements of an array in order; empty for any other kind.
    public var elements: Elements {
        Elements(storage: storage, position: index + 1, end: kind == .array ? Int(node.next) : index + 1)
    }

    /// The members of an object in order, duplicates included; empty for any other kind.
    public var members: Members {
        Members(storage: storage, position: index + 1, end: kind == .object ? Int(node.next) : index + 1)
    }

    /// The value of the last member with this key, as most readers take duplicates; nil if there is none.
    public subscript(key: String) -> JSONValue? {
        let wanted = Array(key.utf8)
        var found: JSONValue?
        for (name, value) in members where name.hasText(wanted) { found = value }
        return found
    }

    /// How many elements an array or members an object has.
    public var count: Int {
        kind == .array ? elements.reduce(0) { count, _ in count + 1 } : members.reduce(0) { count, _ in count + 1 }
    }

    /// Where the value stands in its document: an RFC 6901 pointer, "" for the root.
    public var pointer: String {
        var path = ""
        var current = JSONValue(storage: storage, index: 0)
        while current.index != index, let (step, child) = current.childContaining(index) {
            path += "/" + step
            current = child
        }
        return path
    }

    private func childContaining(_ target: Int) -> (step: String, child: JSONValue)? {
        for (position, element) in elements.enumerated() where target < Int(element.node.next) {
            return (String(position), element)
        }
        for (name, value) in members where target < Int(value.node.next) {
            let escaped = (name.string ?? "").split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
                .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
            return (escaped, target == name.index ? JSONValue(storage: storage, index: target) : value)
        }
        return nil
    }

    /// The value as it is written in the document, for messages; a string keeps its quotes and escapes.
    public var sourceText: String { kind == .string ? "\"\(text)\"" : text }

    private var text: String {
        String(decoding: storage.bytes[Int(node.start)..<Int(node.end)], as: UTF8.self)
    }

    private func hasText(_ wanted: [UInt8]) -> Bool {
        node.hasEscapes
            ? unescapedBytes == wanted
            : storage.bytes[Int(node.start)..<Int(node.end)].elementsEqual(wanted)
    }

    private var unescapedBytes: [UInt8] {
        let raw = storage.bytes[Int(node.start)..<Int(node.end)]
        return node.hasEscapes ? unescape(raw) : Array(raw)
    }
}

extension JSONValue {
    public struct Elements: Sequence, IteratorProtocol {
        let storage: JSONStorage
        var position: Int
        let end: Int

        public mutating func next() -> JSONValue? {
            guard position < end else { return nil }
            defer { position = Int(storage.nodes[position].next) }
            return JSONValue(storage: storage, index: position)
        }
    }

    public struct Members: Sequence, IteratorProtocol {
        let storage: JSONStorage
        var position: Int
        let end: Int

        public mutating func next() -> (key: JSONValue, value: JSONValue)? {
            guard position < end else { return nil }
            let value = position + 1
            defer { position = Int(storage.nodes[value].next) }
            return (JSONValue(storage: storage, index: position), JSONValue(storage: storage, index: value))
        }
    }
}

/// Resolves the escapes of a string that the parser has already checked.
private func unescape(_ raw: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(raw.count)
    var rest = raw[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
            result.append(byte)
            continue
        }
        switch letter {
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"):
            var units = [takeCodeUnit(&rest)]
            if UTF16.isLeadSurrogate(units[0]) {
                rest = rest.dropFirst(2)
                units.append(takeCodeUnit(&rest))
            }
            result.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
        default: result.append(letter)
        }
    }
    return result
}

private func takeCodeUnit(_ rest: inout ArraySlice<UInt8>) -> UInt16 {
    defer { rest = rest.dropFirst(4) }
    return rest.prefix(4).reduce(0) { unit, byte in unit << 4 | UInt16(hexadecimalDigit(byte) ?? 0) }
}
