/// The part of Markdown that the contract uses: paragraphs, lists of lines that begin with `- `, `code` and `[links](target)`.
struct Markdown {
    private let text: String

    init(_ text: String) { self.text = text }

    func write(to html: inout HTMLWriter) {
        var lines: [Substring] = []
        func finish(_ html: inout HTMLWriter) {
            Self.writeBlock(lines, to: &html)
            lines = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let isItem = line.hasPrefix("- ")
            if line.isEmpty || isItem != lines.first?.hasPrefix("- ") ?? isItem { finish(&html) }
            if !line.isEmpty { lines.append(line) }
        }
        finish(&html)
    }

    private static func writeBlock(_ lines: [Substring], to html: inout HTMLWriter) {
        guard let first = lines.first else { return }
        if first.hasPrefix("- ") {
            html.element("ul") { list in
                for line in lines { list.element("li") { writeSpan(line.dropFirst(2), to: &$0) } }
            }
        } else {
            html.element("p") { writeSpan(Substring(lines.joined(separator: " ")), to: &$0) }
        }
    }

    private static func writeSpan(_ text: Substring, to html: inout HTMLWriter) {
        var rest = text
        while let special = rest.firstIndex(where: { $0 == "`" || $0 == "[" }) {
            html.text(String(rest[..<special]))
            rest = rest[special...]
            if let match = rest.prefixMatch(of: /`([^`]+)`/) {
                html.element("code", String(match.1))
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /\[([^\]]+)\]\((https?:[^\s)]+|[\/#][^\s)]*)\)/) {
                html.link(to: String(match.2), String(match.1))
                rest = rest[match.range.upperBound...]
            } else {
                html.text(String(rest.removeFirst()))
            }
        }
        html.text(String(rest))
    }
}
