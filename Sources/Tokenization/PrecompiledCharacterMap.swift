import Foundation

/// SentencePiece's precompiled normalisation rules: a double-array trie (Darts-clone) from character sequences to replacements.
///
/// Layout, little-endian: the trie's size in bytes, the trie's 32-bit units, then the replacements, each ended by a zero byte.
public struct PrecompiledCharacterMap: Sendable {
    private let units: [UInt32]
    private let replacements: [UInt8]

    /// Nil if the bytes are no such map. An empty text is a map that changes nothing.
    init?(base64: String) {
        if base64.isEmpty {
            units = []
            replacements = []
            return
        }
        guard let data = Data(base64Encoded: base64), data.count >= 4 else { return nil }
        let bytes = Array(data)
        func word(_ offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
        }
        let size = Int(word(0))
        guard size > 0, size % 4 == 0, size <= bytes.count - 4 else { return nil }
        units = stride(from: 4, to: 4 + size, by: 4).map(word)
        replacements = Array(bytes[(4 + size)...])
    }

    /// Replaces what the rules name: whole grapheme clusters of a few bytes first, else their characters one by one.
    func apply(to text: String) -> String {
        if units.isEmpty { return text }
        var result: [UInt8] = []
        for cluster in text {
            let bytes = Array(cluster.utf8)
            if bytes.count < 6, let replacement = replacement(for: bytes) {
                result += replacement
            } else {
                for scalar in cluster.unicodeScalars {
                    let bytes = Array(String(scalar).utf8)
                    result += replacement(for: bytes).map(Array.init) ?? bytes
                }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The replacement of the shortest rule that `key` begins with.
    private func replacement(for key: [UInt8]) -> ArraySlice<UInt8>? {
        guard let start = firstMatch(key), start < replacements.count else { return nil }
        let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
        return replacements[start..<end]
    }

    /// A walk through the trie; a unit that is out of bounds ends it, since the file may say anything.
    private func firstMatch(_ key: [UInt8]) -> Int? {
        var position = 0
        guard var unit = unit(at: position) else { return nil }
        position ^= unit.offset
        for byte in key where byte != 0 {
            position ^= Int(byte)
            guard let next = self.unit(at: position), next.label == UInt32(byte) else { return nil }
            unit = next
            position ^= unit.offset
            if unit.hasLeaf { return self.unit(at: position).map { Int($0.bits & 0x7FFF_FFFF) } }
        }
        return nil
    }

    private func unit(at position: Int) -> Unit? {
        units.indices.contains(position) ? Unit(bits: units[position]) : nil
    }

    /// One unit of the trie.
    private struct Unit {
        let bits: UInt32

        var hasLeaf: Bool { bits >> 8 & 1 == 1 }
        var label: UInt32 { bits & (1 << 31 | 0xFF) }
        var offset: Int { Int(bits >> 10) << Int((bits & 1 << 9) >> 6) }
    }
}
