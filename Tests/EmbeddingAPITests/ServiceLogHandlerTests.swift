import Foundation
import Logging
import Testing

@testable import EmbeddingAPI

@Suite struct ServiceLogHandlerTests {
    private func lines(_ format: ServiceSettings.Log.Format, _ log: (Logger) -> Void) throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("log-\(UUID().uuidString)")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let handle = try FileHandle(forWritingTo: file)
        log(Logger(label: "test") { _ in ServiceLogHandler(format: format, descriptor: handle.fileDescriptor) })
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.isEmpty || text.hasSuffix("\n"))
        return text.split(separator: "\n").map(String.init)
    }

    @Test func writesTextForPeople() throws {
        let lines = try lines(.text) { logger in
            logger.info("model \"default\" ready in 0.08 s", metadata: ["digest": "sha256:12", "folder": "/a b", "empty": ""])
            logger.debug("not written")
        }
        #expect(lines.count == 1)
        let match = try #require(lines[0].wholeMatch(of: /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (.*)/))
        #expect(match.2 == #"info model "default" ready in 0.08 s digest=sha256:12 empty="" folder="/a b""#)
    }

    /// What would make a long line stands below it, and is written as it is: nothing is beside it that it could be mixed up with.
    @Test func longMetadataStandsBelow() throws {
        let digest = "sha256:" + String(repeating: "0f", count: 32)
        let lines = try lines(.text) { $0.info("model m ready in 0.08 s", metadata: ["digest": "\(digest)", "base": "/a b=\"c\"", "x": ""]) }
        #expect(lines.count == 4 && lines[0].hasSuffix("Z info model m ready in 0.08 s"))
        #expect(lines.dropFirst() == [#"    base    /a b="c""#, "    digest  \(digest)", "    x       "])
        let object = try #require(
            try self.lines(.json) { $0.info("model m ready in 0.08 s", metadata: ["digest": "\(digest)", "base": "/a b"]) }.first)
        #expect(object.contains(#""base":"/a b","digest":"\#(digest)"}"#))
    }

    /// Metadata of an event takes the place of the logger's own; fields that a line has anyway keep their meaning.
    @Test func writesJSONForMachines() throws {
        let lines = try lines(.json) { logger in
            var logger = logger
            logger[metadataKey: "model"] = "a"
            logger[metadataKey: "kept"] = ["list", "of"]
            logger.warning("trouble", metadata: ["model": "b", "level": "c"])
            logger.logLevel = .error
            logger.warning("not written")
            logger.error("written", metadata: [:])
        }
        let objects = try lines.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String]) }
        #expect(objects.count == 2 && objects[0]["level"] == "warning" && objects[0]["message"] == "trouble")
        #expect(objects[0]["model"] == "b" && objects[0]["level_"] == "c" && objects[0]["kept"]?.contains("list") == true)
        #expect(objects[1]["model"] == "a" && lines[0].hasPrefix(#"{"time":""#))
    }

    /// Whatever a message is about, it is one line, and moves no cursor; so is metadata below it.
    @Test(arguments: ServiceSettings.Log.Format.allCases)
    func nothingGetsOutOfItsLine(format: ServiceSettings.Log.Format) throws {
        let evil = "a\nb\r\n\u{1b}[2J\u{9b}31m\u{7f}\u{0}\u{2028}\u{202e}\"}\\ é"
        let lines = try lines(format) {
            $0.error("\(evil)")
            $0.error("\(evil)", metadata: ["file\n": "\(evil)"])
        }
        #expect(lines.count == (format == .json ? 2 : 3) && lines.allSatisfy { $0.contains("é") })
        let dangerous = lines.joined().unicodeScalars.filter {
            [.control, .lineSeparator, .paragraphSeparator, .format].contains($0.properties.generalCategory)
        }
        #expect(dangerous.isEmpty)
        if format == .text { #expect(lines[2].hasPrefix(#"    file\u000a  a\u000ab"#)) }
        if format == .json {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: String])
            #expect(object["message"] == evil && object["file\n"] == evil)
        }
    }
}
