import Foundation
import Synchronization
import Testing

@testable import HTTPServer

/// The server through real sockets, by raw bytes and by curl.
@Suite(.serialized) struct HTTPServerTests {
    private let get = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func answersOnOneConnectionAgainAndAgain() throws {
        let (_, address) = try serve()
        let client = try LoopbackClient(address)
        for index in 0..<100 {
            client.send("GET /echo?\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(client.read(until: "get \(index)").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func pipelinedAnswersComeInOrder() throws {
        let (_, address) = try serve()
        let client = try LoopbackClient(address)
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n" + String(repeating: get, count: 200) + "GET /echo?end HTTP/1.1\r\nHost: a\r\n\r\n")
        let answers = client.read(until: "get end")
        #expect(answers.components(separatedBy: "HTTP/1.1 200 OK").count == 203)
        let later = try #require(answers.range(of: "later"))
        let first = try #require(answers.range(of: "\r\n\r\nget "))
        #expect(later.lowerBound < first.lowerBound)
    }

    /// Answers given by other threads, last request first, reach the connections that asked.
    @Test func answersReachTheirConnections() throws {
        let held = Held()
        let (_, address) = try serve(held: held)
        let clients = try (0..<20).map { index in
            let client = try LoopbackClient(address)
            client.send("GET /hold/\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
            return client
        }
        #expect(waitUntil { held.count == 20 })
        let waiting = held.take().reversed()
        DispatchQueue.concurrentPerform(iterations: waiting.count) { index in
            let (path, exchange) = Array(waiting)[index]
            exchange.respond(HTTPResponse(body: Array("answer to \(path).".utf8)))
            exchange.respond(HTTPResponse(body: Array("a second answer".utf8)))
        }
        for (index, client) in clients.enumerated() {
            #expect(client.read(until: "answer to /hold/\(index).").hasSuffix("\r\n\r\nanswer to /hold/\(index)."))
        }
    }

    @Test func readsChunkedBodiesAndWritesLargeOnes() throws {
        let (_, address) = try serve()
        let client = try LoopbackClient(address)
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        client.send("7\r\n, world\r\n0\r\n\r\n")
        #expect(client.read(until: "world").hasSuffix("Content-Length: 12\r\n\r\nhello, world"))
        client.send("GET /large/8 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(client.read().filter { $0 == "x" }.count == 8 << 20)
    }

    @Test func answersAfterAHalfClose() throws {
        let (_, address) = try serve()
        let client = try LoopbackClient(address)
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        client.closeSending()
        #expect(client.read().hasSuffix("\r\n\r\nlater"))
    }

    @Test func saysWhatIsTooLarge() throws {
        let (_, address) = try serve { $0.limits.bodyBytes = 1_000 }
        let client = try LoopbackClient(address)
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" + String(repeating: "x", count: 5_000))
        let answer = client.read()
        #expect(answer.hasPrefix("HTTP/1.1 413 Content Too Large\r\n"))
        #expect(answer.contains("1000 bytes") && answer.contains("5000 bytes"))
    }

    @Test func timesOutSlowHeaders() throws {
        let (_, address) = try serve { $0.timeouts.header = .milliseconds(300) }
        let client = try LoopbackClient(address)
        client.send("GET / HTTP/1.1\r\nHost:")
        #expect(client.read().hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    }

    @Test func closesIdleConnections() throws {
        let (_, address) = try serve { $0.timeouts.idle = .milliseconds(300) }
        let client = try LoopbackClient(address)
        client.send(get)
        let everything = client.read()
        #expect(everything.hasSuffix("get "))
    }

    @Test func turnsAwayConnectionsOverTheLimit() throws {
        let (_, address) = try serve { $0.maximumConnections = 3 }
        let clients = try (0..<3).map { _ in try LoopbackClient(address) }
        for client in clients {
            client.send(get)
            _ = client.read(until: "get ")
        }
        let extra = try LoopbackClient(address)
        let answer = extra.read()
        #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n") && answer.contains("Retry-After: 1\r\n"))
        clients[0].send(get)
        #expect(clients[0].read(until: "get ").hasPrefix("HTTP/1.1 200 OK"))
    }

    @Test func answersForHandlersThatForget() throws {
        let (_, address) = try serve()
        let client = try LoopbackClient(address)
        client.send("GET /forget HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = client.read(until: "}")
        #expect(answer.hasPrefix("HTTP/1.1 500 Internal Server Error\r\n") && answer.contains("no_answer"))
        client.send(get)
        #expect(client.read(until: "get ").hasPrefix("HTTP/1.1 200 OK"))
    }

    @Test func tellsHandlersThatTheClientIsGone() throws {
        let held = Held()
        let (_, address) = try serve(held: held)
        do {
            let client = try LoopbackClient(address)
            client.send("GET /hold/x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(waitUntil { held.count == 1 })
            #expect(held.exchanges.withLock { !$0[0].exchange.isCancelled })
            client.resetOnClose()
        }
        let exchange = try #require(held.take().first?.exchange)
        #expect(waitUntil { exchange.isCancelled })
    }

    @Test func routes() throws {
        let (_, address) = try serve()
        for (request, status, text) in [
            ("GET /absent HTTP/1.1", "404 Not Found", "nothing is at /absent"),
            ("DELETE /echo HTTP/1.1", "405 Method Not Allowed", "Allow: GET, POST, HEAD, OPTIONS\r\n"),
            ("OPTIONS /echo HTTP/1.1", "204 No Content", "Allow: GET, POST, HEAD, OPTIONS\r\n"),
            ("OPTIONS * HTTP/1.1", "204 No Content", "Allow: "),
            ("GET http://a/echo?x HTTP/1.1", "200 OK", "get x"), ("GET /large/ HTTP/1.1", "404 Not Found", "nothing is at /large/"),
            ("HEAD /echo HTTP/1.1", "200 OK", "Content-Length: 4\r\n"),
        ] {
            let client = try LoopbackClient(address)
            client.send("\(request)\r\nHost: a\r\nConnection: close\r\n\r\n")
            let answer = client.read()
            #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n") && answer.contains(text), "\(request): \(answer)")
        }
    }

    /// Requests under way are answered, idle connections close, new ones are refused.
    @Test func shutsDownInOrder() async throws {
        let held = Held()
        let (server, address) = try serve(held: held)
        let idle = try LoopbackClient(address)
        idle.send(get)
        _ = idle.read(until: "get ")
        let busy = try LoopbackClient(address)
        busy.send("GET /hold/x HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(waitUntil { held.count == 1 })
        let stopped = Task(executorPreference: QueueExecutor()) { await server.shutdown() }
        #expect(idle.read() == "")
        #expect(waitUntil { (try? LoopbackClient(address)) == nil })
        held.take().first?.exchange.respond(HTTPResponse(body: Array("at last".utf8)))
        let answer = busy.read()
        #expect(answer.contains("Connection: close\r\n") && answer.hasSuffix("at last"))
        #expect(await stopped.value)
    }

    /// A client whose connection was taken gets its answer, even if the listener closes before the request is there.
    @Test func answersWhoConnectedBeforeItStops() async throws {
        let (server, address) = try serve()
        let client = try LoopbackClient(address)
        let stopped = Task(executorPreference: QueueExecutor()) { await server.shutdown() }
        #expect(waitUntil { (try? LoopbackClient(address)) == nil })
        client.send(get)
        let answer = client.read()
        #expect(answer.contains("Connection: close\r\n") && answer.hasSuffix("get "))
        #expect(await stopped.value)
    }

    @Test func cutsOffWhatDoesNotFinish() async throws {
        let held = Held()
        let (server, address) = try serve(held: held) { $0.drainTimeout = .milliseconds(200) }
        let client = try LoopbackClient(address)
        client.send("GET /hold/x HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(waitUntil { held.count == 1 })
        #expect(await server.shutdown() == false)
        #expect(client.read() == "")
        held.take().first?.exchange.respond(HTTPResponse())
    }

    @Test func saysWhyItCannotListen() throws {
        let (server, address) = try serve()
        #expect(throws: ListenError.unavailable(address: address, reason: "Address already in use")) {
            _ = try server.listen(on: address)
        }
        #expect(throws: ListenError.self) { _ = try server.listen(on: .tcp(host: "no such host", port: 0)) }
        #expect(try server.listen(on: .tcp(host: "::1", port: 0)).description.hasPrefix("[::1]:"))
    }

    /// A client that goes on sending after its refusal, as fast as it can, is thrown away in time and holds nobody up.
    @Test func aFloodHoldsNobodyUp() throws {
        let (server, address) = try serve { $0.loops = 1 }
        let flood = try LoopbackClient(address)
        flood.send("rubbish\n")
        let flooding = Meanwhile {
            let junk = [UInt8](repeating: 0x41, count: 1 << 20)
            let start = ContinuousClock.now
            while flood.send(junk), start.duration(to: .now) < .seconds(20) {}
            return start.duration(to: .now)
        }
        for _ in 0..<20 {
            let polite = try LoopbackClient(address)
            polite.send(get)
            #expect(polite.read(until: "get ").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
        #expect(try flooding.get() < .seconds(10), "the lingering ends")
        #expect(waitUntil { server.statistics.openConnections == 0 })
    }

    /// Clients that reset, close half-way, send rubbish or nothing, while polite ones are all answered; no descriptor stays.
    @Test func survivesRudeClients() throws {
        let (_, address) = try serve()
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        let unanswered = Atomic(0)
        let get = get
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for turn in 0..<250 {
                guard let client = try? LoopbackClient(address) else { continue }
                switch (thread + turn) % 6 {
                case 0:
                    client.resetOnClose()
                case 1:
                    client.send(get)
                    client.resetOnClose()
                case 2:
                    client.send("GET /echo HTTP/1.1\r\nHos")
                case 3:
                    client.send("\u{0}\u{1}\r\n\r\n")
                    client.closeSending()
                case 4:
                    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
                    client.resetOnClose()
                default:
                    client.send(get)
                    if !client.read(until: "get ").hasSuffix("get ") { unanswered.add(1, ordering: .relaxed) }
                }
            }
        }
        #expect(unanswered.load(ordering: .relaxed) == 0)
        #expect(waitUntil { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? .max <= before + 2 })
    }

    // MARK: curl

    @Test func servesCurl() throws {
        let (_, address) = try serve()
        let url = "http://\(address)/echo"
        #expect(try curl(url + "?one", url + "?two", "-w", " %{num_connects};") == "get one 1;get two 0;")
        #expect(try curl("--head", url).hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try curl("-d", "hello", url) == "hello")
        #expect(try curl("-H", "Transfer-Encoding: chunked", "-d", "hello", url) == "hello")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("http-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(repeating: UInt8(ascii: "y"), count: 3 << 20).write(to: file)
        #expect(try curl("-H", "Expect: 100-continue", "--data-binary", "@\(file.path)", url).count == 3 << 20)
        #expect(try curl("-0", url + "?old") == "get old")
        #expect(try curl("-i", "-H", "Expect: coffee", "-d", "x", url).hasPrefix("HTTP/1.1 417 Expectation Failed\r\n"))
    }
}
