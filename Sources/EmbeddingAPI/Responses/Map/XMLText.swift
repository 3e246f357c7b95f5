/// Text that is made fit for people to read in a picture, and for XML 1.0 to hold.
enum XMLText {
    /// What a token looks like in a label: never longer than `maximumWidth` em, with everything that would not be seen, or
    /// would change how its surroundings are seen, spelled out.
    ///
    /// Control characters become their pictures (U+2400 on), other characters that do not print, or that turn the direction of
    /// writing, their code points in angle brackets; a mark that combines with what is before it stands on a dotted circle.
    /// Spaces stay for pictures to mark.
    static func label(_ token: some StringProtocol, maximumWidth: Double) -> String {
        var label = ""
        var width = 0.0
        for character in token {
            let shown = shown(character, isFirst: label.isEmpty)
            let next = TextWidth.em(shown)
            // The last em is the ellipsis's.
            guard width + next <= maximumWidth - 1 else { return label + "…" }
            label += shown
            width += next
        }
        return label
    }

    private static func shown(_ character: Character, isFirst: Bool) -> String {
        if character == " " { return " " }
        var shown = ""
        var marks = 0
        for (place, scalar) in character.unicodeScalars.enumerated() {
            if scalar.properties.generalCategory == .nonspacingMark { marks += 1 }
            // Zalgo: a label is a line high, and its file is small.
            guard place < longestCluster, marks <= highestStack else { return shown + "…" }
            if place == 0, isFirst, scalar.properties.isGraphemeExtend { shown += "◌" }
            shown += place == 0 && scalar == " " ? " ◌" : spelledOut(scalar, isAlone: place == 0)
        }
        return shown
    }

    /// Scalars of one character: a family of four emoji has 7, a flag of a country's part as many.
    private static let longestCluster = 8

    /// Marks on one character: Hebrew with vowels and accents has 3.
    private static let highestStack = 3

    private static func spelledOut(_ scalar: Unicode.Scalar, isAlone: Bool) -> String {
        switch scalar.value {
        case 0..<0x20: return Unicode.Scalar(0x2400 + scalar.value).map { String($0) } ?? ""
        case 0x7F: return "␡"
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
            return codePoint(scalar)
        // Within a character they join its parts.
        case .format: return isAlone ? codePoint(scalar) : String(scalar)
        default: return String(scalar)
        }
    }

    private static func codePoint(_ scalar: Unicode.Scalar) -> String {
        "⟨" + String(scalar.value, radix: 16, uppercase: true) + "⟩"
    }

    /// Text as the content of an element or of an attribute in quotation marks (XML 1.0 section 2.4). What XML cannot hold
    /// (section 2.2) becomes U+FFFD.
    static func escaped(_ text: some StringProtocol) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
            case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
