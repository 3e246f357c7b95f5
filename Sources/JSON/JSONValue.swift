/// One value inside a `JSONDocument`: a cheap view that keeps the document alive.
public struct JSONValue: Sendable {
    public enum Kind: UInt8, Sendable {
        case null, boolean, number, string, array, object
    }

    let storage: JSONStorage
    let index: Int

    public var kind: Kind { storage.kind(index) }
    public var isNull: Bool { kind == .null }

    /// `true` or `false`, or nil for any other kind.
    public var boolean: Bool? {
        kind == .boolean ? storage.bytes[storage.nodes[index].start] == UInt8(ascii: "t") : nil
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
    public var string: String? { kind == .string ? storage.string(index) : nil }

    /// The UTF-8 bytes of a string, exactly as written once escapes are resolved, or nil for any other kind.
    public var utf8: [UInt8]? { kind == .string ? storage.utf8(index) : nil }

    /// Whether this is the string `text`, byte by byte.
    public func isString(_ text: String) -> Bool { kind == .string && storage.string(index, equals: text) }

    /// The elements of an array in order; empty for any other kind.
    public var elements: Elements {
        let children = kind == .array ? storage.children(index) : index..<index
        return Elements(storage: storage, position: children.lowerBound, end: children.upperBound)
    }

    /// Goes through the elements of an array in order, those that are strings and the others. A list of 100,000 strings is read
    /// without a reference to its document for each.
    public func forEachElement(string: (_ text: String) -> Void, other: (_ value: JSONValue) -> Void) {
        guard kind == .array else { return }
        let children = storage.children(index)
        var position = children.lowerBound
        while position < children.upperBound {
            if storage.kind(position) == .string {
                string(storage.string(position))
            } else {
                other(JSONValue(storage: storage, index: position))
            }
            position = storage.next(position)
        }
    }

    /// The members of an object in order, duplicates included; empty for any other kind.
    public var members: Members {
        let children = kind == .object ? storage.children(index) : index..<index
        return Members(storage: storage, position: children.lowerBound, end: children.upperBound)
    }

    /// The value of the last member with this key, as most readers take duplicates; nil if there is none.
    public subscript(key: String) -> JSONValue? {
        storage.lastMember(of: index, key)
    }

    /// Whether this is an object whose keys are all among `names`, none of them twice. Allocates nothing: a body may have an
    /// object for each of its 100,000 tokens.
    ///
    /// - Parameter names: at most 64.
    public func hasOnlyMembers(_ names: [String]) -> Bool {
        kind == .object && names.count <= 64 && storage.hasOnlyMembers(index, names)
    }

    /// How many elements an array or members an object has; zero for any other kind.
    public var count: Int { kind == .array || kind == .object ? storage.nodes[index + 1].count : 0 }

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
        for (position, element) in elements.enumerated() where target < storage.next(element.index) {
            return (String(position), element)
        }
        for (name, value) in members where target < storage.next(value.index) {
            let escaped = (name.string ?? "").split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
                .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
            return (escaped, target == name.index ? JSONValue(storage: storage, index: target) : value)
        }
        return nil
    }

    /// The value as it is written in the document, for messages; a string keeps its quotes and escapes.
    public var sourceText: String { kind == .string ? "\"\(text)\"" : text }

    /// A string's without its quotes.
    private var text: String { String(decoding: storage.bytes[storage.range(index)], as: UTF8.self) }
}

extension JSONValue {
    public struct Elements: Sequence, IteratorProtocol {
        let storage: JSONStorage
        var position: Int
        let end: Int

        public mutating func next() -> JSONValue? {
            guard position < end else { return nil }
            defer { position = storage.next(position) }
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
            defer { position = storage.next(value) }
            return (JSONValue(storage: storage, index: position), JSONValue(storage: storage, index: value))
        }
    }
}
