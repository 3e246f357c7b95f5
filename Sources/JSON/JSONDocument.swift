/// A JSON text (RFC 8259), parsed once into a flat list of nodes that point back into the text.
///
/// Strings stay bytes. Swift compares `String`s by canonical equivalence, so a dictionary keyed by them merges vocabulary
/// entries that differ only in normalisation form ("é" and "e" + U+0301); a tokenizer must keep them apart, and Foundation's
/// decoders cannot. Members keep their order and duplicates stay visible.
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
}

/// One value of the text. The nodes stand in document order; an object's children alternate between key and value.
struct JSONNode: Sendable {
    /// First byte of the value; for strings, the first byte inside the quotes.
    var start: UInt32
    /// One past the last byte; for strings, the closing quote.
    var end: UInt32
    /// Index of the node after this one and everything inside it.
    var next: UInt32
    var kind: JSONValue.Kind
    var hasEscapes: Bool
}
