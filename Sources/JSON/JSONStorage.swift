/// The text of a document and its nodes: what all of its values share. Values are known by the indices of their nodes.
final class JSONStorage: Sendable {
    let bytes: [UInt8]
    let nodes: [JSONNode]

    init(bytes: [UInt8], nodes: [JSONNode]) {
        self.bytes = bytes
        self.nodes = nodes
    }

    func kind(_ index: Int) -> JSONValue.Kind {
        switch bytes[nodes[index].start] {
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// The node after this value and everything inside it.
    func next(_ index: Int) -> Int {
        switch bytes[nodes[index].start] {
        case UInt8(ascii: "{"), UInt8(ascii: "["): nodes[index].next
        default: index + 1
        }
    }

    /// The nodes inside an array or object.
    func children(_ index: Int) -> Range<Int> { index + 2..<nodes[index].next }

    /// Where the value stands in the text; a string without its quotes.
    func range(_ index: Int) -> Range<Int> {
        let node = nodes[index]
        switch kind(index) {
        case .array, .object: return node.start..<nodes[index + 1].end
        case .string: return range(string: index)
        case .null, .boolean, .number: return node.start..<node.start + node.length
        }
    }

    /// What stands between the quotes of a string.
    private func range(string index: Int) -> Range<Int> {
        let node = nodes[index]
        return node.start + 1..<node.start + 1 + node.length
    }

    /// The characters of a string.
    func string(_ index: Int) -> String {
        guard !nodes[index].hasEscapes else {
            let unescaped = utf8(index)
            return String(copying: UTF8Span(unchecked: unescaped.span))
        }
        // The whole text is valid UTF-8, and so is what stands between two of its quotes: no need to check again.
        let bytes = bytes
        return String(copying: UTF8Span(unchecked: bytes.span.extracting(range(string: index))))
    }

    /// The bytes of a string, its escapes resolved.
    func utf8(_ index: Int) -> [UInt8] {
        let (bytes, characters) = (bytes, range(string: index))
        return nodes[index].hasEscapes ? unescape(bytes.span.extracting(characters).bytes) : Array(bytes[characters])
    }

    /// Whether a string is `text`, byte by byte.
    func string(_ index: Int, equals text: String) -> Bool {
        guard !nodes[index].hasEscapes else { return utf8(index).elementsEqual(text.utf8) }
        // The lengths settle most questions, before a span costs a call.
        guard nodes[index].length == text.utf8.count else { return false }
        let (start, wanted) = (nodes[index].start + 1, text.utf8.span)
        for offset in wanted.indices where bytes[start + offset] != wanted[offset] { return false }
        return true
    }

    /// The value of the last member with this key, if there is one and the value is an object.
    func lastMember(of object: Int, _ key: String) -> JSONValue? {
        guard kind(object) == .object else { return nil }
        let children = children(object)
        var found: Int?
        var position = children.lowerBound
        while position < children.upperBound {
            if string(position, equals: key) { found = position + 1 }
            position = next(position + 1)
        }
        guard let found else { return nil }
        return JSONValue(storage: self, index: found)
    }

    /// Whether an object's keys are all among `names`, at most 64, and none comes twice.
    func hasOnlyMembers(_ object: Int, _ names: [String]) -> Bool {
        let children = children(object)
        var seen: UInt64 = 0
        var position = children.lowerBound
        while position < children.upperBound {
            guard let name = names.firstIndex(where: { string(position, equals: $0) }), seen & 1 << name == 0
            else { return false }
            seen |= 1 << name
            position = next(position + 1)
        }
        return true
    }
}
