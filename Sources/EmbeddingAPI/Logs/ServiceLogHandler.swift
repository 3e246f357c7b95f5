import Foundation
import HTTPServer
import Logging

/// Writes the service's own messages, each by one system call and on a line of its own, but for text whose metadata would make that
/// line a long one: it stands below it.
///
/// What messages are about, files' names or a library's errors, may hold anything: it stays on its line and inside its quotes.
public struct ServiceLogHandler: LogHandler {
    public var logLevel = Logger.Level.info
    public var metadata: Logger.Metadata = [:]
    /// `text` for people, such as `2026-11-26T21:00:00Z info shutting down signal=SIGTERM`, or `json`, one object a line: `time`,
    /// `level`, `message`, then the metadata.
    private let format: ServiceSettings.Log.Format
    private let descriptor: Int32

    /// - Parameter descriptor: where the lines go; it stays the caller's.
    public init(format: ServiceSettings.Log.Format, descriptor: Int32) {
        self.format = format
        self.descriptor = descriptor
    }

    /// A logger as the settings have it.
    public static func logger(_ settings: ServiceSettings.Log, descriptor: Int32) -> Logger {
        var logger = Logger(label: "hyperembed") { _ in ServiceLogHandler(format: settings.format, descriptor: descriptor) }
        if let level = Logger.Level(rawValue: settings.level.rawValue) { logger.logLevel = level }
        return logger
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        write(line(event.level, "\(event.message)", fields, at: Date()))
    }

    func line(_ level: Logger.Level, _ message: String, _ fields: [(key: String, value: Logger.MetadataValue)], at date: Date) -> [UInt8] {
        let time = date.formatted(.iso8601)
        var line: [UInt8] = []
        switch format {
        case .json:
            line += #"{"time":"\#(time)","level":"\#(level)","message":"#.utf8
            line.append(quoting: message)
            for (key, value) in fields {
                // A field that is called like one of those above would take its place.
                line += ",".utf8
                line.append(quoting: Self.reserved.contains(key) ? key + "_" : key)
                line += ":".utf8
                line.append(quoting: "\(value)")
            }
            line += "}\n".utf8
        case .text:
            line += "\(time) \(level) ".utf8
            line.append(escaping: message, keepsQuotes: true)
            let beside = Self.beside(fields)
            line += line.count + beside.count <= Self.width ? beside : Self.below(fields)
            line += "\n".utf8
        }
        return line
    }

    /// Columns of a line of text that has metadata.
    private static let width = 120

    /// Such as ` signal=SIGTERM`.
    private static func beside(_ fields: [(key: String, value: Logger.MetadataValue)]) -> [UInt8] {
        var text: [UInt8] = []
        for (key, value) in fields {
            text += " ".utf8
            text.append(escaping: key)
            text += "=".utf8
            let value = "\(value)"
            if value.isEmpty || value.contains(where: { " =\"".contains($0) }) {
                text.append(quoting: value)
            } else {
                text.append(escaping: value)
            }
        }
        return text
    }

    /// Lines that are indented, as no message is, with the values in a column.
    private static func below(_ fields: [(key: String, value: Logger.MetadataValue)]) -> [UInt8] {
        let column = fields.map(\.key.utf8.count).max() ?? 0
        var text: [UInt8] = []
        for (key, value) in fields {
            text += "\n    ".utf8
            text.append(escaping: key)
            text += String(repeating: " ", count: column - key.utf8.count + 2).utf8
            text.append(escaping: "\(value)", keepsQuotes: true)
        }
        return text
    }

    private static let reserved: Set = ["time", "level", "message"]

    private func write(_ line: [UInt8]) {
        var rest = line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(quoting text: String) {
        append(UInt8(ascii: "\""))
        append(escaping: text)
        append(UInt8(ascii: "\""))
    }
}
