/// What bytes may stand where in a message (RFC 9110 section 5.6.2, RFC 9112 section 2.2).
enum CharacterClass {
    /// Bit i of the first word is set where the character i may stand in a token, of the second where i + 64 may.
    private static let token: (UInt64, UInt64) = (0x03ff_6cfa_0000_0000, 0x57ff_ffff_c7ff_fffe)

    /// A character of a method or a field name.
    static func isToken(_ byte: UInt8) -> Bool {
        byte < 0x80 && (byte < 0x40 ? token.0 : token.1) >> UInt64(byte & 0x3F) & 1 == 1
    }

    /// A character of a field value: visible, space, tab, or beyond ASCII.
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    /// Whether eight bytes at once are all visible, spaces or beyond ASCII: nothing that could end a line.
    static func areFieldValue(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        // The high bit of a byte that is below 0x20, and of one that is 0x7F.
        let control = (word &- ones &* 0x20) & ~word & high
        let withoutDelete = word ^ ones &* 0x7F
        let delete = (withoutDelete &- ones) & ~withoutDelete & high
        return control | delete == 0
    }

    /// A character of a request target: visible ASCII (RFC 3986 percent-encodes everything else).
    static func isTarget(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    /// The value of a hexadecimal digit.
    static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte) - 0x61 + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte) - 0x41 + 10
        default: nil
        }
    }
}
