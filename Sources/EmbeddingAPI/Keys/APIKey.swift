import Foundation

/// A secret that lets its bearer in. Only its hash is ever kept.
public struct APIKey: Sendable {
    /// What the client sends.
    public let text: String

    /// Bytes that a key may have: fewer could be guessed, as 22 characters of base64 are the 128 bits that nobody can try out, and
    /// more are not hashed.
    static let length = 22...512

    private static let prefix = "he_"

    /// Takes a key that exists.
    ///
    /// - Throws: for what is too short, too long, or cannot be sent as a bearer token.
    public init(_ text: String) throws(APIKeyError) {
        guard Self.length.contains(text.utf8.count) else { throw .length(text.utf8.count) }
        guard Self.isToken(text.utf8) else { throw .illegalCharacter }
        self.text = text
    }

    private init(trusted text: String) { self.text = text }

    /// A new key: 256 bits of the system's generator, in the letters of base64url (RFC 4648 section 5), behind a prefix by which
    /// people and scanners for leaked secrets know it.
    public static func random() -> APIKey {
        var generator = SystemRandomNumberGenerator()
        let bits = Data((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        let digits = bits.base64EncodedString().map { character -> Character in
            switch character {
            case "+": "-"
            case "/": "_"
            default: character
            }
        }
        return APIKey(trusted: prefix + String(digits.filter { $0 != "=" }))
    }

    public var hash: APIKeyHash { APIKeyHash(of: text) }

    /// Whether `text` begins as only keys do, and so stands where it should not.
    static func looksLikeKey(_ text: Substring) -> Bool { text.hasPrefix(prefix) }

    /// `token68` (RFC 9110 section 11.2), which RFC 6750 calls `b64token`.
    static func isToken(_ text: some Collection<UInt8>) -> Bool {
        let body = text.prefix { $0 != UInt8(ascii: "=") }
        return !body.isEmpty && body.allSatisfy(isTokenCharacter)
            && text.dropFirst(body.count).allSatisfy { $0 == UInt8(ascii: "=") }
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

/// Why a text is no key. The text itself is not told.
public enum APIKeyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// With the bytes that it has.
    case length(Int)
    case illegalCharacter

    public var description: String {
        switch self {
        case .length(let count):
            "a key has \(APIKey.length.lowerBound) to \(APIKey.length.upperBound) characters, this one has \(count)"
        case .illegalCharacter: "a key is made of letters, digits and -._~+/, with = at its end"
        }
    }
}
