import Foundation
import Testing

/// A program of the machine's that runs beside a test, mostly `openssl s_client` or curl.
final class ClientProcess {
    private let process = Process()
    private let input = Pipe()
    // Files take what comes without anyone reading.
    private let outputFile = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)")
    private let errorFile = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)")

    init(_ command: [String], input file: String? = nil) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        for file in [outputFile, errorFile] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        process.standardInput = try file.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) as Any } ?? input
        try process.run()
    }

    deinit {
        if process.isRunning { kill() }
        for file in [outputFile, errorFile] { try? FileManager.default.removeItem(at: file) }
    }

    func send(_ text: String) { input.fileHandleForWriting.write(Data(text.utf8)) }

    func kill() { Glibc.kill(process.processIdentifier, SIGKILL) }

    /// What it has put out so far.
    var output: Data { (try? Data(contentsOf: outputFile)) ?? Data() }

    /// The same, and its complaints after it.
    var words: String { String(decoding: output + ((try? Data(contentsOf: errorFile)) ?? Data()), as: UTF8.self) }

    func waitForWords(_ text: String, times: Int = 1) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while words.components(separatedBy: text).count <= times {
            try #require(ContinuousClock.now < deadline, "no \(text) in \(words)")
            Thread.sleep(forTimeInterval: 0.005)
        }
    }

    /// Ends its input and waits for it to end.
    func finish() -> (status: Int32, words: String) {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        return (process.terminationStatus, words)
    }
}
