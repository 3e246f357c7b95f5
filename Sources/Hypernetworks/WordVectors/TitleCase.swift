/// Words with their first character in title case, where that is one character (`ŉ` has two and stays).
enum TitleCase {
    static func capitalized(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return text }
        let title = first.properties.titlecaseMapping
        return title.unicodeScalars.count == 1 ? title + String(text.unicodeScalars.dropFirst()) : text
    }

    /// The characters whose title case is this one and no longer text, other than itself.
    private static let sources: [Unicode.Scalar: [Unicode.Scalar]] = {
        var sources: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        for value in UInt32(0)...0x1_FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let title = scalar.properties.titlecaseMapping.unicodeScalars
            if title.count == 1, let only = title.first, only != scalar { sources[only, default: []].append(scalar) }
        }
        return sources
    }()

    /// All texts that capitalizing their first character turns into `text`, without `text` itself; none if it begins with a
    /// part of a character.
    static func uncapitalized(_ text: ArraySlice<UInt8>) -> [[UInt8]] {
        var decoder = UTF8()
        var bytes = text.makeIterator()
        guard case .scalarValue(let first) = decoder.decode(&bytes) else { return [] }
        let rest = text.dropFirst(UTF8.width(first))
        return sources[first, default: []].map { Array(String($0).utf8) + rest }
    }
}
