import Foundation
import Synchronization
import Testing

@testable import HTTPServer

/// Requests are let in, or not, before their bodies come; what lets one in is told of its end.
@Suite struct GateTests {
    /// Lets in who says so, and counts who is inside.
    private final class Door: Sendable {
        let inside = Atomic(0)
        let asked = Atomic(0)

        final class Guest: HTTPAdmission {
            let door: Door
            let caller: String?

            init(_ door: Door, name: String) {
                self.door = door
                caller = name
                door.inside.add(1, ordering: .relaxed)
            }

            func exchangeEnded() { door.inside.subtract(1, ordering: .relaxed) }
        }

        var insideNow: Int { inside.load(ordering: .relaxed) }

        func admit(_ request: HTTPRequest) throws(Problem) -> (any HTTPAdmission)? {
            asked.add(1, ordering: .relaxed)
            #expect(request.body.isEmpty)
            guard let name = request.fields["x-guest"] else {
                throw Problem(status: .unauthorized, code: "stranger", title: "No", detail: "no")
            }
            return Guest(self, name: name)
        }
    }

    private let door = Door()
    private let held = Held()
    private let recorder = ObserverTests.Recorder()
    private let server: HTTPServer
    private let address: SocketAddress

    init() throws {
        var router = Router()
        let (door, held) = (door, held)
        router.addGate(under: "/in/") { request throws(Problem) in try door.admit(request) }
        router.get("/in/name") { _, exchange in exchange.respond(HTTPResponse(body: Array((exchange.admission?.caller ?? "").utf8))) }
        router.post("/in/echo") { request, exchange in exchange.respond(HTTPResponse(body: request.body)) }
        router.get("/in/hold") { request, exchange in held.exchanges.withLock { $0.append((request.path, exchange)) } }
        router.get("/out") { _, exchange in exchange.respond(HTTPResponse(body: Array("out".utf8))) }
        server = HTTPServer(handler: router, observers: [recorder])
        address = try server.listen(on: .tcp(host: "127.0.0.1", port: 0))
    }

    @Test func aRequestWithoutBodyIsRefusedAndTheConnectionStays() throws {
        let client = try LoopbackClient(address)
        client.send("GET /in/name HTTP/1.1\r\nHost: a\r\n\r\n")
        let refusal = client.read(until: "}")
        #expect(refusal.hasPrefix("HTTP/1.1 401 Unauthorized\r\n") && !refusal.contains("Connection: close"))
        client.send("GET /out HTTP/1.1\r\nHost: a\r\n\r\nGET /in/name HTTP/1.1\r\nHost: a\r\nX-Guest: ann\r\n\r\n")
        #expect(client.read(until: "ann").contains("\r\n\r\noutHTTP/1.1 200 OK\r\n"))
        #expect(waitUntil { recorder.records.count == 3 })
        #expect(recorder.records.map(\.status) == [401, 200, 200] && recorder.records.map(\.caller) == [nil, nil, "ann"])
        #expect(recorder.records.map(\.route) == ["/in/name", "/out", "/in/name"])
        #expect(recorder.records[0].path == "/in/name" && door.insideNow == 0 && door.asked.load(ordering: .relaxed) == 2)
    }

    /// RFC 9110 section 10.1.1: a server may answer with a final status in the place of 100, and close.
    @Test func aRefusedRequestNeedNotSendItsBody() throws {
        let client = try LoopbackClient(address)
        client.send("POST /in/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\nExpect: 100-continue\r\nX-Request-Id: mine\r\n\r\n")
        let answer = client.read(until: "}")
        #expect(answer.hasPrefix("HTTP/1.1 401 Unauthorized\r\n") && answer.contains("\r\nConnection: close\r\n"))
        #expect(answer.contains("urn:request:mine"))
        #expect(waitUntil { recorder.records.count == 1 })
        #expect(recorder.records[0].method == "POST" && recorder.records[0].path == "/in/echo" && recorder.records[0].requestID == "mine")
        #expect(recorder.records[0].status == 401 && recorder.records[0].route == "/in/echo")
        #expect(recorder.records[0].responseBytes == answer.split(separator: "\r\n\r\n").last?.utf8.count)
    }

    /// What there is is not told to who may not come in.
    @Test func aGateStandsBeforePathsThatAreNotThere() throws {
        let client = try LoopbackClient(address)
        client.send("GET /in/nothing HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.read(until: "}").hasPrefix("HTTP/1.1 401 "))
        client.send("GET /in/nothing HTTP/1.1\r\nHost: a\r\nX-Guest: ann\r\n\r\n")
        #expect(client.read(until: "}").hasPrefix("HTTP/1.1 404 "))
    }

    /// However the bytes come, the gate is asked once and the body is whole.
    @Test(arguments: [1, 7, 64, 1_000])
    func bodiesAreReadBehindTheGate(step: Int) throws {
        let client = try LoopbackClient(address)
        let request = Array("POST /in/echo HTTP/1.1\r\nHost: a\r\nX-Guest: ann\r\nContent-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz".utf8)
        for _ in 0..<2 {
            for start in stride(from: 0, to: request.count, by: step) {
                client.send(String(decoding: request[start..<min(start + step, request.count)], as: UTF8.self))
                if step < 64 { Thread.sleep(forTimeInterval: 0.001) }
            }
            #expect(client.read(until: "xyz").hasSuffix("\r\n\r\nabcdefghijklmnopqrstuvwxyz"))
        }
        #expect(door.asked.load(ordering: .relaxed) == 2 && door.insideNow == 0)
        client.send(String(repeating: String(decoding: request, as: UTF8.self), count: 3))
        _ = client.read(until: "xyz")
        #expect(waitUntil { door.asked.load(ordering: .relaxed) == 5 && door.insideNow == 0 })
    }

    @Test func whoIsInIsInUntilTheAnswerIsComplete() throws {
        let client = try LoopbackClient(address)
        client.send("GET /in/hold HTTP/1.1\r\nHost: a\r\nX-Guest: ann\r\n\r\n")
        #expect(waitUntil { held.count == 1 } && door.insideNow == 1)
        let exchange = try #require(held.take().first?.exchange)
        let writer = try #require(exchange.beginStream(HTTPResponse()))
        _ = writer.write(Array("part".utf8))
        _ = client.read(until: "part")
        #expect(door.insideNow == 1)
        writer.finish()
        // The end of the body leaves after the request has been counted out, whoever still has its exchange.
        _ = client.read(until: "\r\n0\r\n\r\n")
        #expect(door.insideNow == 0)
        withExtendedLifetime(exchange) {}
    }

    @Test func whoLeavesIsNoLongerIn() throws {
        var client: LoopbackClient? = try LoopbackClient(address)
        client?.send("GET /in/hold HTTP/1.1\r\nHost: a\r\nX-Guest: ann\r\n\r\n")
        #expect(waitUntil { held.count == 1 } && door.insideNow == 1)
        client?.resetOnClose()
        client = nil
        #expect(waitUntil { door.insideNow == 0 })
        withExtendedLifetime(held.take()) {}

        client = try LoopbackClient(address)
        client?.send("POST /in/echo HTTP/1.1\r\nHost: a\r\nX-Guest: ann\r\nContent-Length: 10\r\n\r\nhalf")
        #expect(waitUntil { door.insideNow == 1 })
        client = nil
        #expect(waitUntil { door.insideNow == 0 })
    }

    /// What is refused for the body that it announces is still a request that logs can tell of, and has the name that its client gave it.
    @Test func aBodyThatIsTooLargeIsOfARequest() throws {
        let client = try LoopbackClient(address)
        client.send("POST /in/echo HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\nContent-Length: 999999999999\r\n\r\n")
        let answer = client.read(until: "}")
        #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("\r\nX-Request-Id: mine\r\n"))
        #expect(waitUntil { recorder.records.count == 1 })
        #expect(recorder.records[0].method == "POST" && recorder.records[0].route == "/in/echo" && recorder.records[0].requestID == "mine")
    }

    @Test func aMalformedBodyEndsTheExchange() throws {
        let client = try LoopbackClient(address)
        client.send("POST /in/echo HTTP/1.1\r\nHost: a\r\nX-Guest: ann\r\nTransfer-Encoding: chunked\r\n\r\nrubbish\r\n")
        #expect(client.read(until: "}").hasPrefix("HTTP/1.1 400 "))
        #expect(door.insideNow == 0 && door.asked.load(ordering: .relaxed) == 1)
        #expect(waitUntil { recorder.records.count == 1 })
        #expect(recorder.records[0].route == "/in/echo" && recorder.records[0].path == "/in/echo" && recorder.records[0].caller == "ann")
    }
}
