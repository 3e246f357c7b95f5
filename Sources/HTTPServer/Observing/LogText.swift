extension [UInt8] {
    /// Text inside the quotes of a JSON string (RFC 8259 section 7), from which nothing gets out: what ends a line, moves a terminal's
    /// cursor, or turns round the text behind it is escaped.
    ///
    /// - Parameter keepsQuotes: for text that stands in none.
    package mutating func append(escaping text: String, keepsQuotes: Bool = false) {
        var text = text
        let isPlain = text.withUTF8 { bytes in
            let isPlain = bytes.allSatisfy {
                (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
            if isPlain { append(contentsOf: bytes) }
            return isPlain
        }
        if !isPlain { for scalar in text.unicodeScalars { append(escaping: scalar, keepsQuotes: keepsQuotes) } }
    }

    private mutating func append(escaping scalar: Unicode.Scalar, keepsQuotes: Bool) {
        switch scalar.value {
        case 0x22 where keepsQuotes: append(UInt8(ascii: "\""))
        case 0x22, 0x5C:
            append(UInt8(ascii: "\\"))
            append(UInt8(truncatingIfNeeded: scalar.value))
        // Control characters, line and paragraph separators, marks that change the direction of writing.
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
            append(UInt8(ascii: "\\"))
            append(UInt8(ascii: "u"))
            append(hexadecimal: UInt64(scalar.value), width: 4)
        default: append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
        }
    }
}
