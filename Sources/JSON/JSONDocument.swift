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
