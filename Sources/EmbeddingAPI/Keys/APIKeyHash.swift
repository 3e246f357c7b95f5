import COpenSSL

/// The SHA-256 of a key. Keys are as random as they are long, so nobody finds one by its hash, and no salt or slow hash is needed.
public struct APIKeyHash: Hashable, Sendable, CustomStringConvertible {
    private let words: SIMD4<UInt64>

    private static let prefix = "sha256:"
    private static let digits = Array("0123456789abcdef".utf8)

    init(of key: String) {
        var key = key
        var hash = [UInt8](repeating: 0, count: 32)
        key.withUTF8 { _ = EVP_Digest($0.baseAddress, $0.count, &hash, nil, EVP_sha256(), nil) }
        self.init(hash)
    }

    private init(_ bytes: [UInt8]) {
        var words = SIMD4<UInt64>()
        for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        self.words = words
    }

    /// Reads `sha256:` and 64 hexadecimal digits.
    init?(_ text: Substring) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let digits = text.dropFirst(Self.prefix.count).utf8.compactMap { byte in
            Self.digits.firstIndex(of: (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte) ? byte | 0x20 : byte).map(UInt8.init)
        }
        guard digits.count == 64, text.utf8.count == Self.prefix.utf8.count + 64 else { return nil }
        self.init((0..<32).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] })
    }

    public var description: String {
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> (56 - 8 * UInt64($0 % 8))) }
        let text = bytes.flatMap { [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] }
        return Self.prefix + String(decoding: text, as: UTF8.self)
    }

    /// All bits if the two are equal, else none, without a branch: how long it takes tells nothing.
    private func equality(with other: APIKeyHash) -> UInt64 {
        let differing = words ^ other.words
        let difference = differing[0] | differing[1] | differing[2] | differing[3]
        // The highest bit of x | -x is set for every x but 0.
        return ((difference | (0 &- difference)) >> 63) &- 1
    }

    /// Where this hash is among `hashes`, which are all different; every one is looked at.
    func position(among hashes: [APIKeyHash]) -> Int? {
        var found: UInt64 = 0
        for (index, hash) in hashes.enumerated() { found |= (UInt64(index) + 1) & equality(with: hash) }
        return found == 0 ? nil : Int(found) - 1
    }
}
