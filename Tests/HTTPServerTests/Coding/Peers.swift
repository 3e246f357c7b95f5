import Foundation
import Testing

@testable import HTTPServer

/// What Python's zlib and gzip wrote (Tests/Fixtures/content-coding).
struct CodedFixture: CustomTestStringConvertible {
    let coding: ContentCoding
    let name: String
    let bytes: [UInt8]

    var testDescription: String { "\(coding)/\(name)" }

    static let all = [ContentCoding.gzip, .deflate].flatMap { coding in
        names(coding).map { CodedFixture(coding: coding, name: $0, bytes: read("\(coding)/\($0)")) }
    }

    /// What every one of them decompresses to.
    static let plain = read("plain")

    static func read(_ name: String) -> [UInt8] { [UInt8](FileManager.default.contents(atPath: folder + name) ?? Data()) }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/content-coding").path + "/"

    private static func names(_ coding: ContentCoding) -> [String] {
        (FileManager.default.enumerator(atPath: folder + coding.rawValue)?.compactMap { $0 as? String } ?? []).sorted()
    }
}

/// The system's gzip.
func systemGzip(_ arguments: String..., input: [UInt8]) throws -> [UInt8] {
    let paths = (0..<2).map { _ in FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString) }
    defer { for path in paths { try? FileManager.default.removeItem(at: path) } }
    try Data(input).write(to: paths[0])
    try Data().write(to: paths[1])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: paths[0])
    process.standardOutput = try FileHandle(forWritingTo: paths[1])
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw GzipFailure(status: process.terminationStatus) }
    return [UInt8](try Data(contentsOf: paths[1]))
}

struct GzipFailure: Error {
    let status: Int32
}
