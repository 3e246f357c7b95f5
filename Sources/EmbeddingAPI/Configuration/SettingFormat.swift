import Foundation
import Generation

/// What values of a type look like to people.
struct SettingFormat<Value: Sendable>: Sendable {
    /// In words, to follow "takes".
    let takes: String
    /// What stands for it in help.
    let valueName: String
    /// Nil for what is no such value.
    let read: @Sendable (GivenValue) -> Value?
    /// As YAML.
    let write: @Sendable (Value) -> String

    /// What `format` has, or nothing at all.
    static func optional<Wrapped>(_ format: SettingFormat<Wrapped>) -> SettingFormat where Value == Wrapped? {
        SettingFormat(
            takes: format.takes, valueName: format.valueName,
            read: { $0.content == .none ? .some(nil) : format.read($0).map(Optional.some) },
            write: { $0.map(format.write) ?? YAMLText.null })
    }
}

extension SettingFormat where Value == String {
    static func text(_ valueName: String) -> SettingFormat {
        SettingFormat(takes: "a text", valueName: valueName, read: \.text, write: YAMLText.scalar)
    }

    /// A file or folder, relative to the folder of the file that names it; written so that any other file may name it.
    static func path(_ valueName: String) -> SettingFormat {
        SettingFormat(
            takes: "a path", valueName: valueName,
            read: { given in
                guard let path = given.text, !path.utf8.contains(0) else { return nil }
                guard let folder = given.folder, !path.hasPrefix("/") else { return path }
                return (folder as NSString).appendingPathComponent(path)
            },
            write: { YAMLText.scalar(URL(fileURLWithPath: $0).path) })
    }
}

extension SettingFormat where Value == Int {
    static func integer(_ range: ClosedRange<Int>, valueName: String = "n") -> SettingFormat {
        let upTo = range.upperBound == .max ? "" : " to \(range.upperBound)"
        return SettingFormat(
            takes: "a number from \(range.lowerBound)\(upTo)", valueName: valueName,
            read: { $0.text.flatMap { Int($0) }.flatMap { range.contains($0) ? $0 : nil } },
            write: { "\($0)" })
    }

    /// Bytes that are told in megabytes.
    static let megabytes = {
        let number = integer(0...1 << 20, valueName: "megabytes")
        return SettingFormat(
            takes: number.takes, valueName: number.valueName,
            read: { number.read($0).map { $0 << 20 } },
            write: { "\($0 >> 20)" })
    }()
}

extension SettingFormat where Value == Duration {
    /// Up to a day.
    static let seconds = SettingFormat(
        takes: "seconds from 0 to 86400", valueName: "seconds",
        read: { $0.text.flatMap { Double($0) }.flatMap { (0...86_400).contains($0) ? .seconds($0) : nil } },
        write: { duration in
            let seconds = duration / .seconds(1)
            return seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
        })
}

extension SettingFormat where Value == Bool {
    static let boolean = SettingFormat(
        takes: "true or false", valueName: "true|false", read: { $0.text.flatMap { Bool($0) } }, write: { "\($0)" })
}

extension SettingFormat where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of a few words.
    static var word: SettingFormat {
        let words = Value.allCases.map(\.rawValue)
        return SettingFormat(
            takes: words.count == 2 ? "\(words[0]) or \(words[1])" : "one of \(words.joined(separator: ", "))",
            valueName: words.joined(separator: "|"), read: { $0.text.flatMap(Value.init) }, write: { YAMLText.scalar($0.rawValue) })
    }
}

extension SettingFormat where Value == Set<Generation.Method> {
    /// In a file a list, in a variable names with commas between them.
    static let methods = SettingFormat(
        takes: "a list of some of \(Generation.Method.allCases.map(\.rawValue).joined(separator: ", "))", valueName: "methods",
        read: { given in
            let names: [String]
            switch given.content {
            case .list(let list): names = list
            case .text(let text): names = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            case .none, .mapping: return nil
            }
            let methods = names.compactMap(Generation.Method.init)
            return methods.isEmpty || methods.count < names.count ? nil : Set(methods)
        },
        write: { methods in
            "[\(Generation.Method.allCases.filter(methods.contains).map(\.rawValue).joined(separator: ", "))]"
        })
}
