@testable import HTTPServer

/// A client and a `ConnectionState` that is driven as `Connection` drives it, without sockets and clocks.
struct Conversation: ~Copyable {
    enum Client: CaseIterable {
        /// Takes what it is sent at once, gets whole answers, and closes when it has sent everything.
        case quick
        /// Takes little at a time, gets its answers in parts, and falls silent when it has sent everything.
        case slow
        /// Takes what it is sent at once, falls silent too, and the server begins to stop after the first piece.
        case drained
    }

    private let client: Client
    private var state: ConnectionState
    private var now = Instant(nanoseconds: 0)
    /// Sent by the client and not read yet.
    private var inbox: [UInt8] = []
    private var hasClientClosed = false
    private var isClosed = false
    /// Parts of the answer that are still to be given.
    private var parts: ArraySlice<[UInt8]> = []
    private var requests: [HTTPRequest] = []
    /// What the answers must be, in order.
    private var expected: [ExpectedAnswer] = []
    /// What the client has received.
    private var received: [UInt8] = []
    private var actionsLeft: Int

    /// Has the connection read `pieces` and checks that it sees what the parser alone does, answers that, and closes.
    static func check(_ pieces: [ArraySlice<UInt8>], _ client: Client, _ reading: OurReading) throws(Finding) {
        var conversation = Conversation(client, inputCount: pieces.reduce(0) { $0 + $1.count })
        for piece in pieces {
            conversation.inbox += piece
            try conversation.advance()
            if client == .drained { conversation.state.drain() }
        }
        try conversation.end()
        try conversation.checkRequests(reading)
        try AnswerReader.check(conversation.received, conversation.expected)
    }

    private init(_ client: Client, inputCount: Int) {
        self.client = client
        let date = HTTPDate()
        date.update(to: 784_111_777)
        state = ConnectionState(
            limits: RequestProperty.limits, timeouts: ConnectionTimeouts(),
            encoder: ResponseEncoder(serverName: "test", date: date), now: now)
        // A request has 16 bytes at least. It costs a handful of actions, and as many as a slow client needs to take 5 kB.
        actionsLeft = 100 + 20 * inputCount
    }

    // MARK: The owner's part

    /// Does all that can be done without waiting for the client.
    private mutating func advance() throws(Finding) {
        while !isClosed {
            actionsLeft -= 1
            try expect(actionsLeft > 0, "the connection does not come to rest")
            switch state.nextAction(now: now) {
            case .admit: state.readBody(now: now)
            case .handle(let request):
                // One in four is longer than what shares a buffer with other answers.
                let body = [UInt8](repeating: UInt8(ascii: "x"), count: requests.count % 4 == 0 ? 5_000 : 50)
                requests.append(request)
                expected.append(ExpectedAnswer(status: .ok, isHead: state.isHead, body: body))
                beginAnswer(to: request, body)
            case .read:
                write()
                guard state.wantsToRead, read() else { return }
            case .wait:
                if let refusal = state.takeRefusal() {
                    expected.append(ExpectedAnswer(status: refusal.problem.status, isHead: state.isHead))
                }
                try expect(state.isHandling || !state.output.isEmpty, "the connection waits for nothing")
                write()
                if state.isHandling { continueAnswer() } else if !state.output.isEmpty { return }
            case .linger:
                try expect(state.output.isEmpty, "the connection lingers before its answer has left")
            case .close:
                try expect(state.endsWhole, "the connection closes before its answer has left")
                isClosed = true
            }
        }
    }

    private mutating func beginAnswer(to request: HTTPRequest, _ body: [UInt8]) {
        switch client {
        case .quick, .drained: state.respond(HTTPResponse(body: body), now: now)
        case .slow:
            // An HTTP/1.0 connection that is kept alive would close after an answer of unknown length.
            state.beginStream(HTTPResponse(), length: request.fields.contains("Connection") ? body.count : nil, now: now)
            parts = [Array(body[..<10]), [], Array(body[10...])]
        }
    }

    private mutating func continueAnswer() {
        if let part = parts.popFirst() { state.stream(part, now: now) } else { state.endStream(now: now) }
    }

    private mutating func write() {
        var room = client == .slow ? 300 : Int.max
        while room > 0, !state.output.isEmpty {
            state.writeNext(now: now) { first, second, _ in
                let taken = min(room, first.count + second.count)
                let fromFirst = min(taken, first.count)
                received.append(first.extracting(..<fromFirst))
                received.append(second.extracting(..<(taken - fromFirst)))
                room -= taken
                return taken
            }
        }
    }

    /// False if there is nothing to read.
    private mutating func read() -> Bool {
        guard inbox.isEmpty else {
            let bytes = inbox
            inbox = []
            state.receive(bytes.span, now: now)
            return true
        }
        if hasClientClosed { state.peerClosed() }
        return hasClientClosed
    }

    // MARK: The client's part

    /// Lets the connection come to its end, now that the client has sent everything.
    private mutating func end() throws(Finding) {
        hasClientClosed = client == .quick
        repeat { try advance() } while !isClosed && !state.output.isEmpty
        if client == .quick { return try expect(isClosed, "the connection stays open when the client has closed") }
        // The request is given up, then the wait for the client to close.
        for _ in 0..<2 where !isClosed {
            guard let deadline = state.deadline else { throw Finding("the connection waits without a deadline") }
            now = deadline
            state.deadlinePassed(now: now)
            repeat { try advance() } while !isClosed && !state.output.isEmpty
        }
        try expect(isClosed, "the connection stays open when the client is silent")
    }

    /// The application has seen the requests that the parser reads, and the connection has answered the rest.
    private func checkRequests(_ reading: OurReading) throws(Finding) {
        let read = client == .drained ? reading.requests.prefix(requests.count) : reading.requests[...]
        try expect(requests.elementsEqual(read) { $0.isSame(as: $1) }, "other requests are handled than are read")
        var refusals = reading.refusal.map { [$0.status] } ?? []
        if client == .slow, reading.verdict.end == .incomplete { refusals = [.requestTimeout] }
        let statuses = expected.map(\.status)
        try expect(
            client == .drained ? statuses.count <= requests.count + 1 : statuses == requests.map { _ in .ok } + refusals,
            "answered with \(statuses.map(\.code))")
    }
}
