import Foundation
import Yams

/// What a configuration file says: values by the whole names of their settings, and what is wrong with it.
struct ConfigurationFile {
    private(set) var values: [String: GivenValue] = [:]
    /// In the order of the file; nil for a file that says nothing of models.
    private(set) var modelNames: [String]?
    private(set) var problems: [String] = []
    /// Whether `values` is all that it says.
    private(set) var isReadable = true

    private let path: String
    private let folder: String

    /// Far more than a configuration of a hundred models takes.
    static let maximumBytes = 256 << 10
    static let maximumModels = 1_000

    init(path: String) {
        self.path = path
        folder = (path as NSString).deletingLastPathComponent
        do throws(Unreadable) {
            let text = try Self.read(path)
            if let root = try Self.compose(text) { try readGroups(root) }
        } catch {
            isReadable = false
            problems.append(error.line.map { "\(path):\($0): \(error.reason)" } ?? "\(path): \(error.reason)")
        }
    }

    /// Why nothing can be had from the file.
    private struct Unreadable: Error {
        var line: Int?
        let reason: String
    }

    // MARK: Text

    private static func read(_ path: String) throws(Unreadable) -> String {
        let bytes: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            // One byte more than allowed tells, even of a file without an end.
            bytes = try file.read(upToCount: maximumBytes + 1) ?? Data()
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            let reason = cause.map { String(cString: strerror(Int32($0.code))) } ?? "\(error.localizedDescription)"
            throw Unreadable(reason: "cannot be read: \(reason)")
        }
        guard bytes.count <= maximumBytes else {
            throw Unreadable(reason: "is too large: a configuration has at most \(maximumBytes) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Unreadable(reason: "is not UTF-8") }
        // A byte order mark, as some editors write, is no part of the text (YAML 1.2, 5.2).
        return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    /// - Returns: nil for a file with nothing but comments.
    private static func compose(_ text: String) throws(Unreadable) -> Node? {
        // Lines end as the parser's do (YAML 1.2, 5.4): for Swift a carriage return and a line feed are one character.
        let lines = text.split(omittingEmptySubsequences: false) { ["\n", "\r\n", "\r"].contains($0) }.map(withoutComment)
        // The parser hashes what a mapping's keys stand for, which takes aliases of aliases for ever. It gets exactly the text that
        // has been looked through here.
        for (index, line) in lines.enumerated() where hasAlias(line) {
            throw Unreadable(line: index + 1, reason: "anchors and aliases (& and *) are not for configurations")
        }
        do {
            return try Yams.compose(yaml: lines.joined(separator: "\n"))
        } catch let error as YamlError {
            throw unreadable(error)
        } catch {
            throw Unreadable(reason: "\(error)")
        }
    }

    private static func unreadable(_ error: YamlError) -> Unreadable {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            Unreadable(line: mark.line, reason: problem)
        case .duplicatedKeysInMapping(let keys, let context):
            Unreadable(line: context.mark.line, reason: "more than once in its mapping: \(keys.joined(separator: ", "))")
        case .reader(let problem, _, _, _): Unreadable(reason: problem)
        default: Unreadable(reason: "\(error)")
        }
    }

    /// A line up to the `#` that begins a comment (YAML 1.2, 6.6), which in quotes it does not.
    private static func withoutComment(_ line: Substring) -> Substring {
        var quote: Character?
        var isEscaped = false
        var last: Character = " "
        for index in line.indices {
            let character = line[index]
            if quote == nil, character == "#", last.isWhitespace { return line[..<index] }
            if let open = quote {
                if character == open, !isEscaped { quote = nil }
                isEscaped = open == "\"" && character == "\\" && !isEscaped
            } else if character == "\"" || character == "'", last.isWhitespace || "[{,:'".contains(last) {
                // Also behind one: '' in single quotes is a quote, and no end.
                quote = character
            }
            last = character
        }
        return line
    }

    /// Whether there is an `&` or a `*` that an anchor or an alias could begin with: not within a word.
    private static func hasAlias(_ line: Substring) -> Bool {
        var last: UInt8 = 0x20
        for byte in line.utf8 {
            if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"), !isInWord(last) { return true }
            last = byte
        }
        return false
    }

    private static func isInWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: "._/\\\"'".utf8.contains(byte)
        }
    }

    // MARK: Settings

    private mutating func readGroups(_ root: Node) throws(Unreadable) {
        if root.isNothing { return }
        guard case .mapping(let groups) = root else { throw Unreadable(reason: "is not a mapping of settings") }
        for (keyNode, node) in groups {
            guard let group = name(of: keyNode) else { continue }
            if group == "models" {
                readModels(node, line: keyNode.line)
            } else if node.isNothing {
                // A group whose settings are all commented out. One that does not exist is told of below.
                values[group] = GivenValue(.none, .file(path, line: keyNode.line))
            } else if case .mapping(let settings) = node {
                read(settings, under: group)
            } else {
                values[group] = GivenValue(content(of: node), .file(path, line: keyNode.line))
            }
        }
    }

    private mutating func read(_ settings: Node.Mapping, under prefix: String) {
        for (keyNode, node) in settings {
            guard let key = name(of: keyNode) else { continue }
            values["\(prefix).\(key)"] = GivenValue(content(of: node), .file(path, line: keyNode.line), folder: folder)
        }
    }

    private mutating func readModels(_ node: Node, line: Int) {
        if node.isNothing { return }
        guard case .mapping(let models) = node, (1...Self.maximumModels).contains(models.count) else {
            problems.append("\(path):\(line): models takes a mapping of 1 to \(Self.maximumModels) names to their settings")
            return
        }
        var names: [String] = []
        for (keyNode, node) in models {
            guard let name = name(of: keyNode) else { continue }
            guard Self.isModelName(name) else {
                let rule = "a model's name has 1 to 64 letters, digits, '-' and '_'"
                problems.append("\(path):\(keyNode.line): \(rule), not \(GivenValue.quoted(name))")
                continue
            }
            // To the parser 1 and "1" are two keys.
            guard !names.contains(name) else {
                problems.append("\(path):\(keyNode.line): there is a model called \(name) already")
                continue
            }
            names.append(name)
            if case .mapping(let settings) = node {
                read(settings, under: "models.\(name)")
            } else if !node.isNothing {
                problems.append("\(path):\(keyNode.line): models.\(name) takes a mapping of settings")
            }
        }
        modelNames = names
    }

    /// It stands in paths of URLs, in names of variables, and in keys with dots.
    private static func isModelName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }

    private mutating func name(of key: Node) -> String? {
        if case .scalar(let scalar) = key { return scalar.string }
        problems.append("\(path):\(key.line): a key is a name, not a list or a mapping")
        return nil
    }

    private func content(of node: Node) -> GivenValue.Content {
        switch node {
        case .scalar(let scalar): node.isNothing ? .none : .text(scalar.string)
        case .sequence(let items):
            // An item that is no text is none that any setting takes.
            .list(items.map { if case .scalar(let scalar) = $0 { scalar.string } else { "" } })
        case .mapping, .alias: .mapping
        }
    }
}

extension Node {
    /// From 1.
    fileprivate var line: Int { mark?.line ?? 1 }

    /// Whether it is YAML's null (YAML 1.2, 10.2.1.1), not in quotes.
    fileprivate var isNothing: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
