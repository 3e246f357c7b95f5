import Foundation
import Testing

/// Many who mean harm, and some who do not. Tests/Integration/52_survives_hostile_vocabularies has more and worse of them.
@Suite struct HostileClientsTests {
    private static let tokens = "/v1/token-embeddings"
    private static let vocabulary = "/v1/vocabulary-embeddings"

    /// Requests that curl sends at once, and what it writes about each.
    private func curl(_ server: ServerProcess, _ requests: [(path: String, body: Data)], _ options: [String], in scratch: Scratch) throws -> Process {
        var configuration: [String] = []
        for (index, (path, body)) in requests.enumerated() {
            let file = scratch.path + "/\(index)"
            try body.write(to: URL(fileURLWithPath: file))
            configuration += [
                "url = \"\(server.url + path)\"", "header = \"Content-Type: application/json\"", "data-binary = \"@\(file)\"",
                "output = /dev/null", "silent", "write-out = \"%{http_code}\\n\"",
            ] + options + ["next"]
        }
        try configuration.dropLast().joined(separator: "\n").write(toFile: scratch.path + "/curl", atomically: true, encoding: .utf8)
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        curl.arguments = ["curl", "--parallel", "--parallel-immediate", "--parallel-max", "64", "--config", scratch.path + "/curl"]
        curl.standardOutput = FileHandle(forWritingAtPath: try emptyFile(scratch.path + "/codes"))
        curl.standardError = FileHandle.nullDevice
        try curl.run()
        return curl
    }

    private func emptyFile(_ path: String) throws -> String {
        try Data().write(to: URL(fileURLWithPath: path))
        return path
    }

    private func waitUntilIdle(_ server: ServerProcess) throws {
        for _ in 0..<120 {
            let before = try server.processorTime
            Thread.sleep(forTimeInterval: 0.5)
            if try server.processorTime - before < 5 { return }
        }
        Issue.record("the server still works a minute after its clients have left")
    }

    @Test func politeClientsAreAnsweredMeanwhile() throws {
        let server = try ServerProcess(["--cache-megabytes", "16"])
        let expected = try server.post(Self.tokens, json: ["tokens": [" polite"], "encoding": "base64"]).json["data"] as? [[String: Any]]
        let worst: [(String, String)] = [
            (Self.tokens, #"{"tokens":[\#(String(repeating: "[0],", count: 200_000))0]}"#),
            (Self.tokens, #"{"tokens":[\#((0..<1_000).map { "\" hostile\($0)\"" }.joined(separator: ","))],"encoding":"base64"}"#),
            (Self.tokens, #"{"diagnostics":true,"tokens":[\#((0..<40).map { "\" diagnosed\($0)\"" }.joined(separator: ","))]}"#),
            (Self.tokens, #"{"method":"mean","tokens":[\#((0..<200).map { "\"\(String(repeating: "zq ", count: 300))\($0)\"" }.joined(separator: ","))]}"#),
            (Self.vocabulary, #"{"form":"text","vocabulary":{"a":20000,"b":3}}"#), (Self.vocabulary, String(repeating: "[", count: 1 << 20)),
            (Self.vocabulary, #"{"form":"text","vocabulary":[\#((0..<2_000).map { "\"entry\($0)\"" }.joined(separator: ","))]}"#),
            (Self.vocabulary, #"{"form":"text","vocabulary":{"a":2000000}}"#),
        ]
        let scratch = try Scratch()
        let hostile = try curl(server, (0..<64).map { (worst[$0 % 8].0, Data(worst[$0 % 8].1.utf8)) }, [], in: scratch)
        var answered = 0
        repeat {
            #expect(try server.curl("/readyz").status == 200)
            let polite = try server.post(Self.tokens, json: ["tokens": [" polite"], "encoding": "base64"])
            #expect(polite.status == 200)
            let items = try polite.json["data"] as? [[String: Any]]
            #expect(items?.first?["input"] as? String == expected?.first?["input"] as? String)
            answered += 1
        } while hostile.isRunning
        let codes = try String(contentsOfFile: scratch.path + "/codes", encoding: .utf8).split(separator: "\n")
        #expect(codes.count == 64 && Set(codes).isSubset(of: ["200", "400", "413", "422", "429"]), "\(codes), \(answered) polite")
        try waitUntilIdle(server)
        #expect(try server.peakKilobytes < 800_000)
    }

    /// Clients that leave in the middle of a long answer: the work on it stops, and nothing of it is kept.
    @Test(arguments: [false, true]) func workStopsForThoseWhoLeave(wantsVocabulary: Bool) throws {
        let server = try ServerProcess(["--cache-megabytes", "16"])
        let words = (0..<20_000).map { "\" leaving\($0)\"" }.joined(separator: ",")
        let request =
            wantsVocabulary
            ? (Self.vocabulary, Data(#"{"form":"text","vocabulary":[\#(words)]}"#.utf8)) : (Self.tokens, Data(#"{"tokens":[\#(words)]}"#.utf8))
        var resident: [Int] = []
        for _ in 0..<3 {
            let scratch = try Scratch()
            // The whole takes far longer: it has 30 MB, or 100 MB of text.
            let leaving = try curl(
                server, (0..<8).map { _ in request },
                ["header = \"Accept: \(wantsVocabulary ? "*/*" : "application/x-ndjson")\"", "limit-rate = 100k", "max-time = 8"], in: scratch)
            leaving.waitUntilExit()
            try waitUntilIdle(server)
            resident.append(try server.residentKilobytes)
        }
        #expect(resident[2] < resident[1] + 60_000, "\(resident) kB")
        #expect(try server.post(Self.tokens, json: ["tokens": [" polite"]]).status == 200)
    }
}
