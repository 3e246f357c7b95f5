/// Writes YAML.
enum YAMLText {
    static let null = "null"

    /// A text as a scalar that every reader of YAML takes for a text again: plain where it looks like a name or a path, or else in
    /// double quotes (YAML 1.2, 7.3.1).
    static func scalar(_ text: String) -> String {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/_", digits = "0123456789."
        let isName = text.first.map(letters.contains) ?? false && text.allSatisfy { (letters + digits + "-").contains($0) }
        let isAddress = text.allSatisfy(digits.contains) && text.split(separator: ".").count == 4
        let isWord = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        if isName && !isWord || isAddress { return text }
        return "\"" + text.unicodeScalars.map(escaped).joined() + "\""
    }

    /// Besides what must be escaped, what this service's own reader takes for comments and aliases.
    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"", "\\": return "\\\(scalar)"
        case "\n": return "\\n"
        case "\t": return "\\t"
        case "#", "&", "*": return hexadecimal(scalar, "\\x", 2)
        case "\u{20}"..."\u{7E}": return String(scalar)
        case ..<"\u{80}": return hexadecimal(scalar, "\\x", 2)
        case ..<"\u{10000}": return hexadecimal(scalar, "\\u", 4)
        default: return hexadecimal(scalar, "\\U", 8)
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar, _ prefix: String, _ digits: Int) -> String {
        let number = String(scalar.value, radix: 16)
        return prefix + String(repeating: "0", count: digits - number.count) + number
    }
}
