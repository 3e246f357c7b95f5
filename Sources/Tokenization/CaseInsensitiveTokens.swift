/// The tokens of a base by their text in lower case. Of several that differ in nothing else the one of the lowest id counts, and
/// special tokens are none.
///
/// Lower case is Unicode's, character by character, whatever the language. What is no text has no case.
public struct CaseInsensitiveTokens: Sendable {
    private let base: BaseTokenizer
    /// Hashes of lower-case texts, and whose they are, in ascending order: 16 bytes a token, where texts would take 100.
    private let tokens: [(hash: Int, id: Int32)]

    public init(_ base: BaseTokenizer) {
        self.base = base
        tokens = base.canonicalIDs.compactMap { bytes, id in Self.lowercased(bytes).map { ($0.hashValue, Int32(id)) } }
            .sorted { ($0.hash, $0.id) < ($1.hash, $1.id) }
    }

    /// The lowest id of a token with the same bytes in lower case; a leading space counts.
    public func id(of bytes: [UInt8]) -> Int? {
        guard let text = Self.lowercased(bytes) else { return nil }
        let hash = text.hashValue
        var (first, end) = (0, tokens.count)
        while first < end {
            let middle = (first + end) / 2
            if tokens[middle].hash < hash { first = middle + 1 } else { end = middle }
        }
        return tokens[first...].prefix { $0.hash == hash }.lazy.map { Int($0.id) }
            .first { id in base.bytes(of: id).flatMap(Self.lowercased) == text }
    }

    private static func lowercased(_ bytes: [UInt8]) -> [UInt8]? {
        if bytes.allSatisfy({ $0 < 0x80 }) {
            return bytes.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }
        }
        return String(validating: bytes, as: UTF8.self).map { Array($0.lowercased().utf8) }
    }
}
