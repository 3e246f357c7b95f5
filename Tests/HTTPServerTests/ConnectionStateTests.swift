import Testing

@testable import HTTPServer

/// The connection's decisions, with bytes and a clock made by the test.
@Suite struct ConnectionStateTests {
    /// A connection whose output is collected as text.
    final class Client {
        var state: ConnectionState
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var written = ""
        var handled: [HTTPRequest] = []

        init() {
            var timeouts = ConnectionTimeouts()
            timeouts.idle = .seconds(75)
            timeouts.header = .seconds(15)
            timeouts.bodyGrace = .seconds(10)
            timeouts.minimumBodyRate = 10
            timeouts.writeGrace = .seconds(30)
            timeouts.minimumWriteRate = 100
            timeouts.linger = .seconds(2)
            var limits = HTTPRequestLimits()
            limits.bodyBytes = 1_000
            let date = HTTPDate()
            date.update(to: 784_111_777)
            state = ConnectionState(
                limits: limits, timeouts: timeouts, encoder: ResponseEncoder(serverName: "test", date: date), now: now)
        }

        var isHandling: Bool { state.isHandling }
        var wantsToRead: Bool { state.wantsToRead }
        var deadline: Instant? { state.deadline }
        var backlog: Int { state.output.count }
        var endsWhole: Bool { state.endsWhole }

        /// Sends text and lets the connection act until it waits for something; returns what it waits for.
        @discardableResult
        func send(_ text: String) -> String {
            state.receive(Array(text.utf8).span, now: now)
            return settle()
        }

        func settle() -> String {
            while true {
                switch state.nextAction(now: now) {
                case .admit: state.readBody(now: now)
                case .handle(let request): handled.append(request)
                case .read:
                    write()
                    return "read"
                case .wait:
                    if state.output.isEmpty || state.isHandling { return "wait" }
                    write()
                case .linger: return "linger"
                case .close: return "close"
                }
            }
        }

        func write() {
            while !state.output.isEmpty {
                state.writeNext(now: now) { first, second, _ in
                    written += first.string(0..<first.count) + second.string(0..<second.count)
                    return first.count + second.count
                }
            }
        }

        func respond(_ body: String) -> String {
            state.respond(HTTPResponse(body: Array(body.utf8)), now: now)
            return settle()
        }

        func pass(_ duration: Duration) -> String {
            now = now.advanced(by: duration)
            guard let deadline = state.deadline, deadline <= now else { return "nothing" }
            state.deadlinePassed(now: now)
            return settle()
        }
    }

    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func answersAndGoesOn() {
        let client = Client()
        #expect(client.send(get) == "wait")
        #expect(client.respond("one") == "read")
        #expect(client.send(get) == "wait")
        #expect(client.respond("two") == "read")
        #expect(client.handled.count == 2)
        #expect(client.written.components(separatedBy: "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: test\r\n").count == 3)
        #expect(client.written.hasSuffix("Content-Length: 3\r\n\r\ntwo"))
    }

    @Test func pipelinedRequestsWaitForTheirTurn() {
        let client = Client()
        client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3")
        #expect(client.handled.map(\.path) == ["/1"])
        #expect(!client.wantsToRead)
        #expect(client.respond("1") == "wait")
        #expect(client.handled.map(\.path) == ["/1", "/2"])
        #expect(client.respond("2") == "read")
        #expect(client.send(" HTTP/1.1\r\nHost: a\r\n\r\n") == "wait")
        #expect(client.handled.map(\.path) == ["/1", "/2", "/3"])
    }

    /// A handler's own framing fields are left out: the server knows better.
    @Test func framingIsTheServersBusiness() throws {
        let client = Client()
        client.send(get)
        var response = HTTPResponse(body: Array("four".utf8))
        for (name, value) in [("Content-Length", "99"), ("transfer-encoding", "chunked"), ("CONNECTION", "close"), ("X-Mine", "1")] {
            try response.fields.append(name, value)
        }
        client.state.respond(response, now: client.now)
        _ = client.settle()
        #expect(client.written.hasSuffix("X-Mine: 1\r\nContent-Length: 4\r\n\r\nfour"))
        #expect(!client.written.contains(": 99\r\n") && !client.written.contains("chunked") && !client.written.contains("close"))
    }

    @Test func headHasNoBody() {
        let client = Client()
        client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.respond("hello") == "read")
        #expect(client.written.hasSuffix("Content-Length: 5\r\n\r\n"))
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"])
    func closesWhenAsked(request: String) {
        let client = Client()
        client.send(request)
        #expect(client.respond("x") == "linger")
        #expect(client.written.contains("Connection: close\r\n"))
        client.state.peerClosed()
        #expect(client.settle() == "close")
    }

    @Test func keepsHTTP1_0AliveWhenAsked() {
        let client = Client()
        client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(client.respond("x") == "read")
        #expect(client.written.contains("Connection: keep-alive\r\n"))
    }

    @Test func invitesTheBody() {
        let client = Client()
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n"
        #expect(client.send(head) == "read")
        #expect(client.written == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(client.send("ab") == "wait")
        #expect(client.handled[0].body == Array("ab".utf8))

        let eager = Client()
        #expect(eager.send(head + "ab") == "wait")
        #expect(eager.written.isEmpty)
    }

    @Test func answersAHalfClosedPeer() {
        let client = Client()
        client.send(get)
        client.state.peerClosed()
        #expect(client.settle() == "wait")
        #expect(client.respond("x") == "close")
        #expect(client.written.hasSuffix("\r\n\r\nx"))
    }

    @Test func leavesHalfARequestUnanswered() {
        let client = Client()
        client.send("GET / HTTP/1.1\r\nHo")
        client.state.peerClosed()
        #expect(client.settle() == "close")
        #expect(client.written.isEmpty)
    }

    @Test func refusesAndLingers() {
        let client = Client()
        #expect(client.send("GET / HTTP/1.1\nHost: a\n\n") == "linger")
        #expect(client.written.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && client.written.contains("Connection: close\r\n"))
        #expect(client.written.contains("Content-Type: application/problem+json\r\n"))
        #expect(client.send("more of it") == "read")
        #expect(client.handled.isEmpty)
        #expect(client.pass(.seconds(1)) == "nothing")
        #expect(client.pass(.seconds(1)) == "close")
    }

    @Test func takesTheCallersRequestID() {
        let client = Client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine-1\r\n\r\n")
        _ = client.respond("x")
        #expect(client.written.contains("X-Request-Id: mine-1\r\n"))
        for bad in ["a b", String(repeating: "x", count: 129), ""] {
            client.written = ""
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: \(bad)\r\n\r\n")
            _ = client.respond("x")
            #expect(client.written.firstMatch(of: /X-Request-Id: [0-9a-f]{32}\r\n/) != nil)
        }
    }

    // MARK: Streams

    /// What a client reads when the body comes as `parts`; `length` is what the application announces.
    private func stream(
        _ parts: [String], length: Int? = nil, request: String = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ends: Bool = true
    ) -> (body: Substring, head: Substring, next: String) {
        let client = Client()
        client.send(request)
        client.state.beginStream(HTTPResponse(), length: length, now: client.now)
        for part in parts { client.state.stream(Array(part.utf8), now: client.now) }
        if ends { client.state.endStream(now: client.now) } else { client.state.abort() }
        let next = client.settle()
        let end = client.written.firstRange(of: "\r\n\r\n")
        return (client.written[(end?.upperBound ?? client.written.endIndex)...], client.written[..<(end?.lowerBound ?? client.written.endIndex)], next)
    }

    /// RFC 9112 section 7.1: without a length the body is chunked, and an empty part is no last chunk.
    @Test func streamsInChunks() {
        let (body, head, next) = stream(["hello", "", String(repeating: "x", count: 300)])
        #expect(body == "5\r\nhello\r\n12c\r\n" + String(repeating: "x", count: 300) + "\r\n0\r\n\r\n")
        #expect(head.contains("\r\nTransfer-Encoding: chunked") && !head.contains("Content-Length"))
        #expect(next == "read")
    }

    @Test func streamsWithALength() {
        let (body, head, next) = stream(["hello, ", "world"], length: 12)
        #expect(body == "hello, world" && head.hasSuffix("\r\nContent-Length: 12") && next == "read")
    }

    /// HTTP/1.0 has no chunks: the connection's end is the body's.
    @Test func streamsToOldClients() {
        let (body, head, next) = stream(["hello"], request: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(body == "hello" && head.hasSuffix("\r\nConnection: close") && next == "linger")
    }

    @Test func headStreamsNothing() {
        let (body, head, next) = stream(["hello"], length: 5, request: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(body.isEmpty && head.hasSuffix("Content-Length: 5") && next == "read")
    }

    /// A body that is not what was announced must not be taken for it (RFC 9112 section 6.3).
    @Test func brokenStreamsEndTheConnection() {
        let short = stream(["hello"], length: 6)
        #expect(short.body == "hello" && short.next == "close")
        let long = stream(["hello", "worlds"], length: 10)
        #expect(long.body == "hello" && long.next == "close")
        let aborted = stream(["hello"], ends: false)
        #expect(aborted.body == "5\r\nhello\r\n" && aborted.next == "close")
    }

    @Test func theNextRequestWaitsForTheStreamsEnd() {
        let client = Client()
        client.send(get + get)
        client.state.beginStream(HTTPResponse(), length: nil, now: client.now)
        client.state.stream(Array("x".utf8), now: client.now)
        #expect(client.settle() == "wait" && client.isHandling && client.handled.count == 1)
        client.write()
        // The application may take its time, the client may not.
        #expect(client.deadline == nil)
        client.state.stream([UInt8](repeating: 1, count: 100_000), now: client.now)
        #expect(client.deadline.map { $0 < client.now.advanced(by: .seconds(60)) } == true)
        client.write()
        client.state.endStream(now: client.now)
        #expect(client.settle() == "wait" && client.handled.count == 2)
    }

    // MARK: Time

    @Test func idleConnectionsClose() {
        let client = Client()
        #expect(client.pass(.seconds(74)) == "nothing")
        client.send(get)
        #expect(client.deadline == nil)
        #expect(client.pass(.seconds(3_600)) == "nothing")
        _ = client.respond("x")
        #expect(client.pass(.seconds(74)) == "nothing")
        #expect(client.pass(.seconds(1)) == "close")
        #expect(!client.written.contains("HTTP/1.1 408"))
    }

    @Test func slowHeadersAreTimedOut() {
        let client = Client()
        _ = client.pass(.seconds(60))
        client.send("GET / HTTP/1.1\r\n")
        for _ in 0..<14 {
            #expect(client.pass(.seconds(1)) == "nothing")
            client.send("X: y\r\n")
        }
        #expect(client.pass(.seconds(1)) == "linger")
        #expect(client.written.hasPrefix("HTTP/1.1 408 Request Timeout\r\n") && client.written.contains("header"))
    }

    /// Ten seconds for the start and ten bytes a second from then on: a body that keeps that up may take its time.
    @Test func slowBodiesAreTimedOut() {
        let client = Client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        for _ in 0..<40 {
            #expect(client.pass(.seconds(1)) == "nothing")
            client.send("0123456789")
        }
        #expect(client.pass(.seconds(9)) == "nothing")
        #expect(client.pass(.seconds(1)) == "linger")
        #expect(client.written.hasPrefix("HTTP/1.1 408 Request Timeout\r\n") && client.written.contains("body"))
    }

    /// The kernel takes a lot for a client at first and then nothing until the client has read most of it.
    @Test func whatIsTakenInABurstPaysForThePauseAfterIt() {
        let client = Client()
        client.send(get)
        client.state.beginStream(HTTPResponse(), length: 1_000_000, now: client.now)
        for _ in 0..<10 {
            client.state.stream([UInt8](repeating: 1, count: 2_000), now: client.now)
            client.write()
        }
        client.state.stream([UInt8](repeating: 1, count: 2_000), now: client.now)
        // Half a minute for the start, and 200 seconds for the 20,000 bytes so far.
        #expect(client.pass(.seconds(229)) == "nothing")
        client.write()
        // Time in which nothing waited is not counted.
        client.now = client.now.advanced(by: .seconds(1_000))
        client.state.stream([1], now: client.now)
        #expect(client.pass(.seconds(29)) == "nothing")
        #expect(client.pass(.seconds(3)) == "close")
    }

    @Test func aBurstDoesNotPayForHours() {
        let reader = Client()
        reader.send(get)
        reader.state.respond(HTTPResponse(body: [UInt8](repeating: 1, count: 10_000_000)), now: reader.now)
        reader.state.writeNext(now: reader.now) { _, _, _ in 9_000_000 }
        #expect(reader.pass(.seconds(329)) == "nothing")
        #expect(reader.pass(.seconds(1)) == "close")

        let writer = Client()
        writer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        writer.send(String(repeating: "x", count: 999))
        #expect(writer.pass(.seconds(109)) == "nothing")
        #expect(writer.pass(.seconds(1)) == "linger")
    }

    @Test func clientsThatDoNotReadAreDropped() {
        let client = Client()
        client.send(get)
        client.state.respond(HTTPResponse(body: [UInt8](repeating: 1, count: 100_000)), now: client.now)
        // Half a minute for the start, and ten seconds more for every thousand bytes.
        for _ in 0..<5 {
            #expect(client.pass(.seconds(10)) == "nothing")
            client.state.writeNext(now: client.now) { first, second, _ in min(first.count + second.count, 1_000) }
        }
        #expect(client.pass(.seconds(20)) == "nothing")
        #expect(client.pass(.seconds(12)) == "close")
    }

    // MARK: Drain

    @Test func drainingClosesIdleConnectionsAndFinishesTheOthers() {
        let idle = Client()
        idle.send(get)
        #expect(idle.respond("x") == "read")
        idle.state.drain()
        #expect(idle.settle() == "close")

        let busy = Client()
        busy.send(get)
        busy.state.drain()
        #expect(busy.settle() == "wait")
        #expect(busy.respond("x") == "linger")
        #expect(busy.written.contains("Connection: close\r\n") && busy.written.hasSuffix("x"))

        let arriving = Client()
        arriving.send("GET / HTTP/1.1\r\n")
        arriving.state.drain()
        #expect(arriving.send("Host: a\r\n\r\n") == "wait")
        #expect(arriving.respond("x") == "linger")
    }

    /// Whoever has just connected has a request on its way, and cannot know that the server is about to stop.
    @Test func drainingWaitsForTheFirstRequest() {
        let new = Client()
        new.state.drain()
        #expect(new.settle() == "read")
        new.now = new.now.advanced(by: .seconds(1))
        #expect(new.send(get) == "wait")
        #expect(new.respond("x") == "linger")
        #expect(new.written.contains("Connection: close\r\n") && new.written.hasSuffix("x"))

        let silent = Client()
        silent.state.drain()
        #expect(silent.settle() == "read")
        #expect(silent.pass(.milliseconds(1_900)) == "nothing")
        #expect(silent.pass(.milliseconds(100)) == "close")

        let old = Client()
        #expect(old.pass(.seconds(60)) == "nothing")
        old.state.drain()
        #expect(old.pass(.zero) == "close")
    }

    /// TLS tells whether the end of a connection is meant.
    @Test func onlyAnAnswerThatIsGivenUpEndsInItsMiddle() {
        let idle = Client()
        idle.send(get)
        #expect(!idle.endsWhole)
        #expect(idle.respond("x") == "read")
        #expect(idle.pass(.seconds(75)) == "close" && idle.endsWhole)

        let aborted = Client()
        aborted.send(get)
        aborted.state.beginStream(HTTPResponse(), length: 3, now: aborted.now)
        aborted.state.stream([1], now: aborted.now)
        aborted.state.abort()
        #expect(aborted.settle() == "close" && !aborted.endsWhole)

        let slow = Client()
        slow.send(get)
        slow.state.respond(HTTPResponse(body: [1]), now: slow.now)
        #expect(slow.pass(.seconds(60)) == "close" && !slow.endsWhole)
    }

    /// A client that pipelines and never reads makes the server keep a bounded backlog.
    @Test func theBacklogIsBounded() {
        let client = Client()
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        client.state.receive(Array(String(repeating: get, count: 1_000).utf8).span, now: client.now)
        var answers = 0
        while case .handle = client.state.nextAction(now: client.now) {
            client.state.respond(HTTPResponse(body: body), now: client.now)
            answers += 1
        }
        #expect(answers < 10 && client.backlog < 100_000)
        #expect(!client.wantsToRead)
    }
}

@Suite struct TimerWheelTests {
    @Test func remindsInTime() {
        let start = Instant.now
        var wheel = TimerWheel(start: start)
        var due: [UInt64: Int] = [:]
        for id in 1...50 { due[UInt64(id)] = wheel.add(UInt64(id), deadline: start.advanced(by: .milliseconds(37 * id))) }
        var reminded: [UInt64] = []
        for step in 1...25 {
            let now = start.advanced(by: .milliseconds(100 * step))
            for (id, tick) in wheel.advance(to: now) {
                #expect(tick == due[id])
                #expect(start.advanced(by: .milliseconds(37 * Int(id))) <= now)
                reminded.append(id)
            }
        }
        #expect(reminded.sorted() == (1...50).map(UInt64.init))
    }

    @Test func deadlinesBeyondTheWheelAreRemindedEarly() {
        let start = Instant.now
        var wheel = TimerWheel(start: start)
        _ = wheel.add(1, deadline: start.advanced(by: .seconds(3_600)))
        _ = wheel.add(2, deadline: start.advanced(by: .seconds(-5)))
        var reminded: [UInt64] = []
        reminded += wheel.advance(to: start.advanced(by: .milliseconds(150))).map(\.id)
        #expect(reminded == [2])
        reminded += wheel.advance(to: start.advanced(by: .seconds(110))).map(\.id)
        #expect(reminded == [2, 1])
    }
}

@Suite struct HTTPDateTests {
    @Test(arguments: [(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT")])
    func writesIMFFixdates(second: Int, text: String) {
        #expect(HTTPDate.format(second) == text)
    }
}
