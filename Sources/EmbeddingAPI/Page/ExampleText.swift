import JSON
import Yams

/// A value of the contract as JSON for people: what is short stands on one line.
struct ExampleText {
    private static let longestLine = 88

    private let value: Node

    init(_ value: Node) { self.value = value }

    var text: String { Self.text(value, indentation: 0, room: Self.longestLine) }

    private static func text(_ node: Node, indentation: Int, room: Int) -> String {
        let line = line(node)
        let entries = entries(node)
        if entries.isEmpty || line.count <= room { return line }
        let inner = String(repeating: " ", count: indentation + 2)
        let lines = entries.map { key, value in
            let key = key.map { quoted($0) + ": " } ?? ""
            return inner + key + text(value, indentation: indentation + 2, room: longestLine - indentation - 2 - key.count)
        }
        let (open, close) = node.mapping == nil ? ("[", "]") : ("{", "}")
        return open + "\n" + lines.joined(separator: ",\n") + "\n" + String(repeating: " ", count: indentation) + close
    }

    private static func line(_ node: Node) -> String {
        let entries = entries(node).map { key, value in (key.map { quoted($0) + ": " } ?? "") + line(value) }
        switch node {
        case .mapping: return "{" + entries.joined(separator: ", ") + "}"
        case .sequence: return "[" + entries.joined(separator: ", ") + "]"
        case .scalar(let scalar): return node.tag == Tag(.str) ? quoted(scalar.string) : scalar.string
        case .alias: return ""
        }
    }

    private static func entries(_ node: Node) -> [(key: String?, value: Node)] {
        if let mapping = node.mapping { return mapping.map { ($0.key.scalar?.string, $0.value) } }
        return node.sequence?.map { (nil, $0) } ?? []
    }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
