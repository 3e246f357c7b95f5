/// Writes HTML; all text is escaped.
struct HTMLWriter {
    private(set) var html = ""

    mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:],
        _ writeContent: (inout HTMLWriter) -> Void
    ) {
        open(name, attributes)
        writeContent(&self)
        html += "</\(name)>"
    }

    mutating func element(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>, _ text: String) {
        element(name, attributes) { $0.text(text) }
    }

    mutating func element(_ name: StaticString, _ text: String) { element(name, [:], text) }

    /// An element without content or end, such as `meta`.
    mutating func open(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
        html += "<\(name)"
        for (name, value) in attributes {
            html += " \(name)=\""
            text(value)
            html += "\""
        }
        html += ">"
    }

    mutating func link(to target: String, _ text: String) { element("a", ["href": target], text) }

    mutating func doctype() { html += "<!doctype html>" }

    mutating func text(_ text: String) {
        for character in text.unicodeScalars {
            switch character {
            case "&": html += "&amp;"
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            case "\"": html += "&quot;"
            default: html.unicodeScalars.append(character)
            }
        }
    }
}
