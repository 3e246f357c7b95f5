/// Resolves the escapes of a string that the parser has already checked.
func unescape(_ raw: RawSpan) -> [UInt8] {
    [UInt8](capacity: raw.byteCount) { output in
        var position = 0
        while position < raw.byteCount {
            let byte = raw[position]
            position += 1
            guard byte == UInt8(ascii: "\\") else {
                output.append(byte)
                continue
            }
            let letter = raw[position]
            position += 1
            switch letter {
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = codeUnit(raw, at: position)
                position += 4
                if scalar & 0xFC00 == 0xD800 {
                    scalar = 0x10000 + (scalar & 0x3FF) << 10 + codeUnit(raw, at: position + 2) & 0x3FF
                    position += 6
                }
                for byte in UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter {
                    output.append(byte)
                }
            default: output.append(letter)
            }
        }
    }
}

private func codeUnit(_ raw: RawSpan, at position: Int) -> UInt32 {
    (position..<position + 4).reduce(0) { unit, position in unit << 4 | UInt32(hexadecimalDigit(raw[position]) ?? 0) }
}
