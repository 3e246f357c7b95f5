import Foundation
import Synchronization
import Testing

@testable import HTTPServer

/// What a server tells of its requests: to an observer, in its log, in its statistics.
@Suite struct ObserverTests {
    final class Recorder: HTTPServerObserver {
        private let kept = Mutex<[HTTPRequestRecord]>([])
        var records: [HTTPRequestRecord] { kept.withLock { $0 } }
        func finished(_ record: HTTPRequestRecord) { kept.withLock { $0.append(record) } }
        func flush() {}
    }

    @Test func tellsWhatBecameOfEachRequest() throws {
        let recorder = Recorder()
        let held = Held()
        let (server, address) = try serve(held: held, observers: [recorder])
        let client = try LoopbackClient(address)
        let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-Request-Id: mine\r\ntraceparent: \(traceparent)\r\n\r\nhello"
        client.send(post)
        let first = client.read(until: "hello")
        let get = "GET /large/0?secret HTTP/1.1\r\nHost: a\r\n\r\n"
        client.send(get)
        let second = client.read(until: "\r\n\r\n")
        client.send("rubbish\n")
        let third = client.read()
        #expect(waitUntil { recorder.records.count == 3 })
        let records = recorder.records
        #expect(records.map(\.method) == ["POST", "GET", ""] && records.map(\.path) == ["/echo", "/large/0", ""])
        #expect(records.map(\.route) == ["/echo", "/large/{megabytes}", nil] && records.map(\.status) == [200, 200, 400])
        #expect(records[0].requestBytes == 5 && records[0].responseBytes == 5 && records[0].requestID == "mine")
        #expect(records[0].traceContext == TraceContext(traceparent: traceparent) && records[0].peer == "127.0.0.1" && records[0].isComplete)
        #expect(records.map(\.problemCode) == [nil, nil, "bad_character"])
        #expect(server.statistics.answersByClass == [2: 2, 4: 1] && server.statistics.acceptedConnections == 1)
        #expect(waitUntil { server.statistics.openConnections == 0 })
        #expect(server.statistics.receivedBytes == (post + get + "rubbish\n").utf8.count)
        #expect(server.statistics.sentBytes == (first + second + third).utf8.count)
    }

    /// A stream's record comes with its end; what a client did not wait for is not complete.
    @Test func tellsWhetherAnswersWereCompleted() throws {
        let recorder = Recorder()
        let held = Held()
        let (_, address) = try serve(held: held, observers: [recorder])
        let patient = try LoopbackClient(address)
        patient.send("GET /hold/a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(waitUntil { held.count == 1 })
        let writer = try #require(held.take().first?.exchange.beginStream(HTTPResponse(), length: 10))
        _ = writer.write(Array("01234".utf8))
        Thread.sleep(forTimeInterval: 0.05)
        #expect(recorder.records.isEmpty)
        _ = writer.write(Array("56789".utf8))
        writer.finish()
        #expect(waitUntil { recorder.records.count == 1 })
        #expect(recorder.records[0].isComplete && recorder.records[0].responseBytes == 10)
        #expect(recorder.records[0].duration >= .milliseconds(50))

        var impatient: LoopbackClient? = try LoopbackClient(address)
        impatient?.send("GET /hold/b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(waitUntil { held.count == 1 })
        impatient?.resetOnClose()
        impatient = nil
        #expect(waitUntil { recorder.records.count == 2 })
        #expect(!recorder.records[1].isComplete && recorder.records[1].path == "/hold/b")
        let exchange = try #require(held.take().first?.exchange)
        #expect(exchange.isCancelled)
        exchange.respond(HTTPResponse())
    }

    /// What handlers say of their requests, and what went wrong, stands in the lines of those requests alone.
    @Test func logsWhatHandlersNote() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("access-\(UUID().uuidString).log")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let handle = try FileHandle(forWritingTo: file)
        let log = AccessLog(format: .json, descriptor: handle.fileDescriptor)
        let held = Held()
        let recorder = Recorder()
        let (_, address) = try serve(held: held, observers: [log, recorder])
        let client = try LoopbackClient(address)
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        client.send("GET /hold/a HTTP/1.1\r\nHost: a\r\ntraceparent: \(trace)\r\n\r\n")
        #expect(waitUntil { held.count == 1 })
        let exchange = try #require(held.take().first?.exchange)
        exchange.note("model", .text("a\"b\\c\nd\u{1b}[2J\u{9b}\u{2028}\u{202e}é\u{7f}"))
        exchange.note("tokens", .number(3))
        exchange.note("names", .texts(["x", "\r\n"]))
        exchange.note("nothing", .texts([]))
        exchange.respond(HTTPResponse(body: Array("done".utf8)))
        _ = client.read(until: "done")
        client.send("GET /forget HTTP/1.1\r\nHost: a\r\ntraceparent: 00-\"-x\r\n\r\n")
        _ = client.read(until: "}")
        var text = ""
        #expect(
            waitUntil {
                log.flush()
                text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
                return text.count { $0 == "\n" } == 2
            })
        #expect(recorder.records.count == 2)
        #expect(!text.unicodeScalars.contains { $0 != "\n" && ($0.properties.generalCategory == .control || $0.value == 0x202E || $0.value == 0x2028) })
        let objects = try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(objects[0]["model"] as? String == "a\"b\\c\nd\u{1b}[2J\u{9b}\u{2028}\u{202e}é\u{7f}" && objects[0]["tokens"] as? Int == 3)
        #expect(objects[0]["names"] as? [String] == ["x", "\r\n"] && objects[0]["nothing"] as? [String] == [])
        #expect(objects[0]["trace_id"] as? String == "4bf92f3577b34da6a3ce929d0e0e4736" && objects[0]["trace_flags"] as? String == "01")
        #expect(objects[0]["span_id"] as? String == "00f067aa0ba902b7" && objects[0]["code"] == nil)
        #expect(objects[1]["code"] as? String == "no_answer" && objects[1]["model"] == nil && objects[1]["trace_id"] == nil)
    }

    /// Whatever a client sends stays on its line and inside its quotes.
    @Test(arguments: AccessLog.Format.allCases)
    func logsOneLineForEachRequest(format: AccessLog.Format) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("access-\(UUID().uuidString).log")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let handle = try FileHandle(forWritingTo: file)
        let log = AccessLog(format: format, descriptor: handle.fileDescriptor)
        let (_, address) = try serve(observers: [log])
        let client = try LoopbackClient(address)
        for path in ["/echo", "/a%0a%22b%1b", "/echo?key=secret"] {
            client.send("GET \(path) HTTP/1.1\r\nHost: a\r\nX-Request-Id: id\\\"1\r\n\r\n")
            _ = client.read(until: path == "/a%0a%22b%1b" ? "}" : "get ")
        }
        var lines: [Substring] = []
        #expect(
            waitUntil {
                log.flush()
                lines = (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n") ?? []
                return lines.count == 3
            })
        #expect(!lines.joined().contains("secret"))
        switch format {
        case .json:
            let objects = try lines.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
            #expect(objects.map { $0["path"] as? String } == ["/echo", "/a\n\"b\u{1b}", "/echo"])
            #expect(objects.map { $0["status"] as? Int } == [200, 404, 200] && objects[0]["request_id"] as? String == "id\\\"1")
            #expect(objects[0]["response_bytes"] as? Int == 4 && objects[0]["duration_ms"] as? Double != nil)
            #expect((objects[0]["time"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
        case .text:
            #expect(lines[0].contains(" 127.0.0.1 GET /echo 200 4 bytes in ") && lines[0].hasSuffix(" ms id\\\"1"))
            #expect(lines[1].contains(#"GET /a\u000a\"b\u001b 404"#))
        }
    }
}
