/// A JSON text (RFC 8259), parsed once into a flat list of nodes that point back into the text.
///
/// Strings stay bytes. Swift compares `String`s by canonical equivalence, so a dictionary keyed by them merges vocabulary
/// entries that differ only in normalisation form ("é" and "e" + U+0301); a tokenizer must keep them apart, and Foundation's
/// decoders cannot. Members keep their order and duplicates stay visible.
///
/// Beside the text a document takes 8 bytes for each value and key, 16 for each array and object.
public struct JSONDocument: Sendable {
    let storage: JSONStorage

    /// Parses `bytes`, one JSON value with optional white space around it.
    ///
    /// - Parameter maximumDepth: how many arrays and objects may be nested.
    public init(parsing bytes: [UInt8], maximumDepth: Int = 64) throws(JSONSyntaxError) {
        storage = JSONStorage(bytes: bytes, nodes: try JSONParser.parse(bytes, maximumDepth: maximumDepth))
    }

    public var root: JSONValue { JSONValue(storage: storage, index: 0) }
}

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

    func string(_ index: Int) -> String {
        guard !nodes[index].hasEscapes else {
            let unescaped = utf8(index)
            return String(copying: UTF8Span(unchecked: unescaped.span))
        }
        // The whole text is valid UTF-8, and so is what stands between two of its quotes: no need to check again.
        let bytes = bytes
        return String(copying: UTF8Span(unchecked: bytes.span.extracting(range(string: index))))
    }

    func utf8(_ index: Int) -> [UInt8] {
        let (bytes, characters) = (bytes, range(string: index))
        return nodes[index].hasEscapes ? unescape(bytes.span.extracting(characters).bytes) : Array(bytes[characters])
    }

    func string(_ index: Int, equals text: Span<UInt8>) -> Bool {
        guard !nodes[index].hasEscapes else {
            let unescaped = utf8(index)
            return unescaped.count == text.count && text.indices.allSatisfy { unescaped[$0] == text[$0] }
        }
        let characters = range(string: index)
        guard characters.count == text.count else { return false }
        for offset in text.indices where bytes[characters.lowerBound + offset] != text[offset] { return false }
        return true
    }

    /// The value of an object's last member with this key.
    func lastMember(of object: Int, _ key: Span<UInt8>) -> Int? {
        let children = children(object)
        var found: Int?
        var position = children.lowerBound
        while position < children.upperBound {
            if string(position, equals: key) { found = position + 1 }
            position = next(position + 1)
        }
        return found
    }

    func hasOnlyMembers(_ object: Int, _ names: [String]) -> Bool {
        let children = children(object)
        var seen: UInt64 = 0
        var position = children.lowerBound
        while position < children.upperBound {
            guard let name = names.firstIndex(where: { string(position, equals: $0.utf8.span) }), seen & 1 << name == 0
            else { return false }
            seen |= 1 << name
            position = next(position + 1)
        }
        return true
    }
}

/// One value of the text. The nodes stand in document order; an object's children alternate between key and value.
///
/// The kind is the text's business: the byte at `start` tells it. Arrays and objects take two nodes, themselves and a
/// `JSONNode(count:end:)`, and then come their children.
struct JSONNode: BitwiseCopyable, Sendable {
    /// The longest text whose every offset and twofold length fits the fields.
    static let maximumTextLength = Int(Int32.max)

    private let first: UInt32
    private let extent: UInt32

    /// A string, whose length is that of what stands between the quotes, or a number or literal.
    init(start: Int, length: Int, hasEscapes: Bool = false) {
        first = UInt32(start)
        extent = UInt32(length) << 1 | (hasEscapes ? 1 : 0)
    }

    /// An array or object; `next` is the index of the node after everything inside it.
    init(start: Int, next: Int) {
        first = UInt32(start)
        extent = UInt32(next)
    }

    /// The second node of an array or object: how many elements or members it has, and one past its last byte.
    init(count: Int, end: Int) {
        first = UInt32(count)
        extent = UInt32(end)
    }

    /// The value's first byte; for strings, the opening quote.
    var start: Int { Int(first) }
    var length: Int { Int(extent >> 1) }
    var hasEscapes: Bool { extent & 1 == 1 }
    var next: Int { Int(extent) }
    var count: Int { Int(first) }
    var end: Int { Int(extent) }
}
