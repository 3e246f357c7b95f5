/// Which part of a table's key is the text of the word.
public enum WordShape: String, Sendable {
    /// The key is the word.
    case plain
    /// `eng:$word$`: an ISO 639-3 code, a colon, and the word, with `$` for a space at its edges.
    case languageAndWord = "language:word"

    private static let prefixLength = 4

    /// Whether a key begins with a language.
    static func hasLanguage(_ key: some Collection<UInt8>) -> Bool {
        key.count > prefixLength
            && key.prefix(prefixLength - 1).allSatisfy { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
            && key.dropFirst(prefixLength - 1).first == UInt8(ascii: ":")
    }

    /// Where the word stands in its key.
    ///
    /// - Parameter key: its place in `text`.
    func word(in key: Range<Int>, of text: UnsafeRawBufferPointer) -> Range<Int> {
        guard self == .languageAndWord, key.count > Self.prefixLength else { return key }
        var (start, end) = (key.lowerBound + Self.prefixLength, key.upperBound)
        let edge = UInt8(ascii: "$")
        if end - start > 1, text[start] == edge { start += 1 }
        if end - start > 1, text[end - 1] == edge { end -= 1 }
        return start..<end
    }
}
