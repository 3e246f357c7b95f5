/// How wide text is in a sans serif that nobody knows yet: a little more than it will be in most.
enum TextWidth {
    /// In units of the font's size.
    static func em(_ text: some StringProtocol) -> Double { text.reduce(0) { $0 + em($1) } }

    private static func em(_ character: Character) -> Double {
        guard let first = character.unicodeScalars.first(where: { !isJoiner($0) }) else { return 0 }
        // Marks and joined parts lie on the first; a font that cannot join shows them one behind the other.
        let joined = character.unicodeScalars.dropFirst().reduce(0) { $0 + (isJoiner($1) ? 0 : em($1)) }
        return isWide(first) ? 1.25 : em(first) + joined
    }

    private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: true
        default: false
        }
    }

    private static func em(_ scalar: Unicode.Scalar) -> Double {
        switch scalar {
        case " ", "i", "j", "l", "I", "'", "|", ".", ",", ":", ";", "!", "·": 0.34
        case "f", "t", "r", "(", ")", "[", "]", "/", "\\", "-", "`", "\"": 0.44
        case "m", "w", "M", "W", "@", "%", "…": 0.98
        // A ligature of four words.
        case "\u{FDFD}": 9
        case "a"..."z", "0"..."9": 0.64
        case "A"..."Z": 0.76
        case "\u{0}"..."\u{2FF}": 0.68
        case "\u{590}"..."\u{8FF}": 0.72
        default: isWide(scalar) ? 1.25 : 0.9
        }
    }

    /// East Asian wide and fullwidth characters and emoji (UAX #11), as far as blocks tell.
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7FF, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x12000...0x1254F, 0x13000...0x1345F, 0x16FE0...0x18CFF, 0x1AFF0...0x1B2FF,
            0x1F000...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
