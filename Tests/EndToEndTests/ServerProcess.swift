import Foundation
import Testing

/// The built binary, serving on a free port of the loopback interface for the time of a test.
final class ServerProcess {
    let url: String
    /// Of the admin listener, if it has been started with one.
    private(set) var adminURL: String?
    private let process = Process()
    private let output = Pipe()

    /// - Parameters:
    ///   - environment: variables to set for it.
    ///   - messages: a file for what it writes to standard error.
    ///   - descriptors: how many descriptors it may have open; as many as the machine allows by default.
    init(_ arguments: [String] = [], environment: [String: String] = [:], messages: URL? = nil, descriptors: Int? = nil) throws {
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let limit = descriptors.map { "ulimit -n \($0); " } ?? ""
        process.arguments =
            ["-c", limit + "exec \"$0\" \"$@\"", Self.binary.path, "serve", "--port", "0", "--lame-duck", "0"] + arguments
        process.standardOutput = output
        if let messages {
            try Data().write(to: messages)
            process.standardError = try FileHandle(forWritingTo: messages)
        }
        try process.run()
        url = try Self.readURL("listening on ", from: output.fileHandleForReading)
        if arguments.contains("--admin-port") {
            adminURL = try Self.readURL("admin listener on ", from: output.fileHandleForReading)
        }
        try waitUntilReady()
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    /// The executable that was built along with these tests, or the one that `BINARY_UNDER_TEST` names: optimised builds have
    /// bugs of their own.
    static let binary =
        ProcessInfo.processInfo.environment["BINARY_UNDER_TEST"].map { URL(fileURLWithPath: $0) }
        ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("hyperembed")

    /// Reads a line, byte by byte: what follows it is for others.
    private static func readURL(_ prefix: String, from handle: FileHandle) throws -> String {
        var bytes = Data()
        while let byte = try handle.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) { bytes += byte }
        let line = String(decoding: bytes, as: UTF8.self)
        try #require(line.hasPrefix(prefix), "the server said: \(line)")
        return String(line.dropFirst(prefix.count))
    }

    private func waitUntilReady() throws {
        for _ in 0..<600 {
            if try curl("/readyz").status == 200 { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        Issue.record("the server did not become ready within a minute")
    }

    /// Sends any signal.
    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Sends SIGTERM.
    func signalTermination() { process.terminate() }

    /// Sends SIGTERM and returns the exit status.
    func terminate() -> Int32 {
        process.terminate()
        return waitForExit()
    }

    func waitForExit() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// The most memory that it has had at once.
    var peakKilobytes: Int { get throws { try status("VmHWM:") } }

    /// Memory of its own; the files that it maps are the same for any load.
    var residentKilobytes: Int { get throws { try status("RssAnon:") } }

    private func status(_ name: String) throws -> Int {
        let lines = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8).split(separator: "\n")
        return try #require(lines.first { $0.hasPrefix(name) }?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
    }

    /// What all of its threads have computed, in hundredths of a second.
    var processorTime: Int {
        get throws {
            // proc_pid_stat(5): the name, in parentheses, may have spaces; fields 14 and 15 are user and system time.
            let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
            let fields = try #require(text.split(separator: ")").last).split(separator: " ")
            return try #require(Int(fields[11])) + #require(Int(fields[12]))
        }
    }

    /// What it has written since it said where it listens; to be asked for after it has ended.
    func remainingOutput() -> String { String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }

    struct Answer {
        var status: Int
        /// Names in lower case.
        var fields: [String: String]
        var body: Data

        var json: [String: Any] { get throws { try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any]) } }
    }

    func post(_ path: String, json: Any, _ arguments: String...) throws -> Answer {
        try post(path, body: JSONSerialization.data(withJSONObject: json), arguments)
    }

    func post(_ path: String, body: Data, _ arguments: [String] = []) throws -> Answer {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)")
        try body.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try curl(
            path, ["-H", "Content-Type: application/json", "--data-binary", "@\(file.path)"] + arguments)
    }

    /// Asks with curl, and reads the answer as curl saw it.
    ///
    /// - Parameter url: of the listener that is asked, if not of the service's own.
    func curl(_ path: String, _ arguments: [String] = [], of url: String? = nil) throws -> Answer {
        let result = try run("curl", ["-sS", "-i", "-m", "60"] + arguments + [(url ?? self.url) + path])
        try #require(result.status == 0, "curl failed: \(result.error)")
        return try Self.parse(result.output)
    }

    private static func parse(_ data: Data) throws -> Answer {
        let separator = try #require(data.range(of: Data("\r\n\r\n".utf8)))
        let lines = String(decoding: data[..<separator.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let status = try #require(Int(lines[0].split(separator: " ")[1]))
        // An interim answer, such as 100 (Continue), comes before the final one.
        if status < 200 { return try parse(data[separator.upperBound...]) }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let colon = try #require(line.firstIndex(of: ":"))
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return Answer(status: status, fields: fields, body: data[separator.upperBound...])
    }
}

/// Runs a program to its end.
@discardableResult
func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: Data, error: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let output = Pipe()
    let error = Pipe()
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    let message = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, data, String(decoding: message, as: UTF8.self))
}

/// A file or folder of Tests/Golden.
func golden(_ name: String) -> String { tests("Golden/\(name)") }

/// A file or folder of Tests/Fixtures.
func fixture(_ name: String) -> String { tests("Fixtures/\(name)") }

private func tests(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(name).path
}
