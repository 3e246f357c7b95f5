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
