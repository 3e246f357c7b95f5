/// The byte ranges of the characters (Unicode scalars) of a UTF-8 text; a stray byte counts as one.
struct UTF8Characters: Sequence, IteratorProtocol {
    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func next() -> Range<Int>? {
        guard position < text.count else { return nil }
        let start = position
        position += 1
        // A leading byte is followed by continuation bytes, 10xxxxxx.
        if text[start] >= 0xC0 {
            while position < text.count, text[position] & 0xC0 == 0x80 { position += 1 }
        }
        return start..<position
    }
}
