/// A client's connection: moves bytes between its socket and its `ConnectionState`, and requests to the handler.
///
/// It belongs to one event loop for life, and all of it runs on that loop's queue.
final class Connection {
    let id: UInt64
    let peer: PeerAddress
    private var transport: Transport
    private var isHandshaking: Bool
    /// When a handshake that is not done by then is given up.
    private let handshakeDeadline: Instant
    private var state: ConnectionState
    private let loop: EventLoop
    /// What exchanges know of this connection.
    private let client: Client
    /// Whether a read or a write may succeed: edge-triggered events come once for each change.
    private var mayRead = true
    private var mayWrite = true
    /// The peer has closed a direction: the end of the stream is to be read even if nothing else arrives.
    private var peerHangsUp = false
    /// What observers will be told of the current request, if there are observers.
    private var record: (HTTPRequestRecord, start: Instant)?
    /// What the handler has let the current request in with.
    private var admission: (any HTTPAdmission)?
    /// The body that is being streamed, and how much of it is in `state.output`.
    private var stream: (window: BodyWindow, waiting: Int)?
    /// The tick of the reminder that counts; older ones are stale.
    private var reminderTick: Int?

    /// After so many requests and reads in a row the loop's other connections have their turn, and its timers.
    private static let turn = 32

    /// Nil if there is no memory for its encryption.
    init?(id: UInt64, socket: AcceptedSocket, loop: EventLoop) {
        guard let transport = Transport(socket) else { return nil }
        self.id = id
        peer = socket.peer
        self.transport = transport
        isHandshaking = socket.tls != nil
        handshakeDeadline = loop.now.advanced(by: loop.configuration.timeouts.handshake)
        state = ConnectionState(
            limits: loop.configuration.limits, bodies: loop.bodies, timeouts: loop.configuration.timeouts, encoder: loop.encoder, now: loop.now)
        self.loop = loop
        client = Client(windowSize: loop.configuration.streamWindow) { delivery in
            loop.run { loop.connection(id)?.take(delivery) }
        }
    }

    var descriptor: Int32 { transport.descriptor }

    // MARK: Events

    func handle(_ event: Epoll.Event) {
        // Encryption may have to write before it can read, and the other way round.
        if event.isReadable || transport.isEncrypted { mayRead = true }
        if event.isWritable || transport.isEncrypted { mayWrite = true }
        if event.hangsUp { peerHangsUp = true }
        if event.isGone, state.isHandling { return close() }
        advance()
    }

    /// The reminder for this connection has come up.
    func remind(tick: Int) {
        guard tick == reminderTick else { return }
        reminderTick = nil
        if isHandshaking, handshakeDeadline <= loop.now { return close() }
        if let deadline = state.deadline, deadline <= loop.now { state.deadlinePassed(now: loop.now) }
        advance()
    }

    /// Answers what is under way, or has arrived unnoticed, and then closes.
    func drain() {
        state.drain()
        if !isHandshaking, state.wantsToRead, !read() { return close() }
        advance()
    }

    /// Turns the client away.
    func refuse(_ problem: Problem) {
        state.refuse(problem, now: loop.now)
        advance()
    }

    /// Takes what the application sends after its handler has returned.
    private func take(_ delivery: Delivery) {
        guard state.isHandling else { return }
        apply(delivery)
        advance()
    }

    // MARK: Progress

    /// Does all that can be done without waiting.
    private func advance() {
        if isHandshaking, !completeHandshake() { return }
        for _ in 0..<Self.turn {
            switch state.nextAction(now: loop.now) {
            case .admit(let request):
                if let problem = admit(request) {
                    state.refuse(problem, now: loop.now)
                } else {
                    state.readBody(now: loop.now)
                }
            case .handle(let request):
                begin(request)
                if state.isHandling { return settle() }
            case .read:
                guard flush() else { return close() }
                guard state.wantsToRead, mayRead else { return settle() }
                guard read() else { return close() }
            case .wait:
                if let refusal = state.takeRefusal() { note(refusal) }
                guard flush() else { return close() }
                if state.isHandling || !state.output.isEmpty { return settle() }
            case .linger:
                transport.closeSending()
            case .close:
                return close()
            }
        }
        settle()
        loop.revisit(self)
    }

    /// False if the handshake goes on, or has come to nothing.
    private func completeHandshake() -> Bool {
        switch transport.handshake() {
        case .done:
            loop.statistics.withLock { $0.completedHandshakes += 1 }
            client.subject = transport.clientSubject
        case .wouldBlock:
            remind(by: handshakeDeadline)
            return false
        case .failed(.plainHTTP):
            transport.abandonTLS()
            state.refuse(.plainHTTP, now: loop.now)
        case .failed:
            loop.statistics.withLock { $0.failedHandshakes += 1 }
            // The client is to read the alert that says why: closing at once could destroy it.
            transport.abandonTLS()
            state.giveUp(now: loop.now)
        }
        isHandshaking = false
        return true
    }

    /// Writes what is left to write and sees to it that the deadline is noticed.
    private func settle() {
        guard flush() else { return close() }
        if let deadline = state.deadline { remind(by: deadline) }
    }

    private func remind(by deadline: Instant) {
        if let reminderTick, reminderTick <= loop.tick(of: deadline) { return }
        reminderTick = loop.addReminder(for: self, deadline: deadline)
    }

    /// Hands a request to the handler and takes the answer, if it comes at once.
    private func begin(_ request: HTTPRequest) {
        if !loop.observers.isEmpty { record = (HTTPRequestRecord(request, id: state.requestID, peer: peer), loop.now) }
        let refusal = state.hasBody ? nil : admit(request)
        let exchange = HTTPExchange(
            id: state.requestID, isHead: state.isHead, start: loop.now, client: client, admission: admission,
            compression: ResponseCompression(
                policy: loop.configuration.compression, accepted: request.fields[.acceptEncoding]))
        if let refusal {
            noteRoute(of: request)
            exchange.respond(refusal)
        } else {
            loop.handler.handle(request, exchange)
        }
        if let answer = exchange.takeEarlyAnswer() { apply(answer) }
    }

    /// Asks the handler about a request; returns the answer to one that goes no further.
    private func admit(_ request: HTTPRequest) -> Problem? {
        do throws(Problem) {
            admission = try loop.handler.admit(request)
            return nil
        } catch {
            return error
        }
    }

    /// Which route a request that the handler never sees is for.
    private func noteRoute(of request: HTTPRequest) {
        if !loop.observers.isEmpty, let route = loop.handler.route(of: request) { client.note(route: route) }
    }

    private func apply(_ delivery: Delivery) {
        if loop.closesAfterAnswers { state.closeAfterAnswer() }
        switch delivery {
        case .response(let response):
            state.respond(response, now: loop.now)
            note(response, bytes: response.body.count)
        case .streamHead(let head, let length, let window):
            state.beginStream(head, length: length, now: loop.now)
            stream = (window, 0)
            note(head, bytes: 0)
        case .streamPart(let part):
            state.stream(part, now: loop.now)
            stream?.waiting += part.count
            record?.0.responseBytes += part.count
        case .streamEnd:
            state.endStream(now: loop.now)
        case .streamAbort:
            state.abort()
            endExchange(isComplete: false)
        }
        if !state.isHandling { endExchange(isComplete: true) }
    }

    private func note(_ response: HTTPResponse, bytes: Int) { note(response.status, code: response.problemCode, bytes: bytes) }

    private func note(_ status: HTTPStatus, code: String?, bytes: Int) {
        loop.statistics.withLock { $0.answersByClass[status.code / 100, default: 0] += 1 }
        record?.0.status = status.code
        record?.0.problemCode = code
        record?.0.responseBytes = bytes
    }

    /// Takes note of an answer that the connection has given by itself.
    private func note(_ refusal: ConnectionState.Refusal) {
        if !loop.observers.isEmpty { record = (HTTPRequestRecord(refusal.request, id: refusal.id, peer: peer), loop.now) }
        if let request = refusal.request { noteRoute(of: request) }
        note(refusal.problem.status, code: refusal.problem.code, bytes: refusal.bytes)
        endExchange(isComplete: true)
    }

    /// What is known of the current request goes to those who wait for its end.
    private func endExchange(isComplete: Bool) {
        let caller = admission?.caller
        admission.take()?.exchangeEnded()
        guard case (var finished, let start)? = record.take() else { return }
        (finished.route, finished.notes) = client.takeNotes()
        finished.caller = caller
        finished.isComplete = isComplete
        finished.duration = .now - start
        for observer in loop.observers { observer.finished(finished) }
    }

    /// False if the peer is gone.
    private func flush() -> Bool {
        while mayWrite, !state.output.isEmpty {
            do throws(Socket.WriteFailure) {
                try state.writeNext(now: loop.now) { first, second, isLast throws(Socket.WriteFailure) in
                    let count = try transport.write(first, second, isLast: isLast)
                    loop.statistics.withLock { $0.sentBytes += count }
                    return count
                }
            } catch {
                if error == .failed { return false }
                mayWrite = false
            }
        }
        if let stream { makeRoom(in: stream.window, waiting: stream.waiting) }
        return true
    }

    /// Tells the producer of a streamed body how much of it has left, and its memory with it.
    private func makeRoom(in window: BodyWindow, waiting: Int) {
        let left = min(waiting, state.output.held)
        guard left < waiting else { return }
        stream?.waiting = left
        window.remove(waiting - left)
        if left == 0, !state.isHandling { stream = nil }
    }

    /// False if the peer is gone.
    private func read() -> Bool {
        switch transport.read(into: loop.readBuffer) {
        case .bytes(let count):
            loop.statistics.withLock { $0.receivedBytes += count }
            let bytes = UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count])
            bytes.withMemoryRebound(to: UInt8.self) { state.receive($0.span, now: loop.now) }
            // Less than asked for: nothing more is there, unless the stream's end is.
            if count < loop.readBuffer.count, !peerHangsUp, !transport.isEncrypted { mayRead = false }
        case .end:
            mayRead = false
            state.peerClosed()
        case .wouldBlock:
            mayRead = false
        case .failed:
            return false
        }
        return true
    }

    /// Closes the socket, whatever is under way.
    func close() {
        if state.endsWhole { transport.sayGoodbye() }
        client.leave()
        endExchange(isComplete: false)
        stream?.window.close()
        loop.remove(self)
    }
}

extension Problem {
    fileprivate static let plainHTTP = badRequest("plain_http", "this port speaks HTTPS, and the request came unencrypted")
}
