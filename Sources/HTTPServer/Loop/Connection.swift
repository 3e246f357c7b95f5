import Logging

/// A client's connection: moves bytes between its socket and its `ConnectionState`, and requests to the handler.
///
/// It belongs to one event loop for life, and all of it runs on that loop's queue.
final class Connection {
    let id: UInt64
    private let socket: Socket
    private var state: ConnectionState
    private unowned let loop: EventLoop
    /// Whether a read or a write may succeed: edge-triggered events come once for each change.
    private var mayRead = true
    private var mayWrite = true
    /// The peer has closed a direction: the end of the stream is to be read even if nothing else arrives.
    private var peerHangsUp = false
    private var cancellation: Cancellation?
    private var current: (request: HTTPRequest, start: ContinuousClock.Instant)?
    /// The tick of the reminder that counts; older ones are stale.
    private(set) var reminderTick: Int?

    /// After so many requests in a row the loop's other connections have their turn.
    private static let turn = 32

    init(id: UInt64, descriptor: Int32, state: ConnectionState, loop: EventLoop) {
        self.id = id
        socket = Socket(descriptor: descriptor)
        self.state = state
        self.loop = loop
    }

    var descriptor: Int32 { socket.descriptor }
    var isIdle: Bool { state.isIdle }

    // MARK: Events

    func handle(_ event: Epoll.Event) {
        if event.isReadable { mayRead = true }
        if event.isWritable { mayWrite = true }
        if event.hangsUp { peerHangsUp = true }
        if event.isGone, state.isHandling { return close() }
        advance()
    }

    /// Takes the handler's answer.
    func answer(_ response: HTTPResponse) {
        guard state.isHandling else { return }
        finish(response)
        advance()
    }

    /// The reminder for this connection has come up.
    func remind(tick: Int) {
        guard tick == reminderTick else { return }
        reminderTick = nil
        let now = ContinuousClock.now
        if let deadline = state.deadline, deadline <= now { state.deadlinePassed(now: now, date: loop.date()) }
        advance()
    }

    /// Answers what is under way, or has arrived unnoticed, and then closes.
    func drain() {
        state.drain()
        if state.wantsToRead, !read() { return close() }
        advance()
    }

    /// Turns the client away.
    func refuse(_ problem: Problem) {
        state.refuse(problem, now: .now, date: loop.date())
        advance()
    }

    // MARK: Progress

    /// Does all that can be done without waiting.
    private func advance() {
        var requests = 0
        while true {
            switch state.nextAction(now: .now, date: loop.date()) {
            case .handle(let request):
                guard begin(request) else { return settle() }
                requests += 1
                if requests == Self.turn { return loop.revisit(self) }
            case .read:
                guard flush() else { return close() }
                guard state.wantsToRead, mayRead else { return settle() }
                guard read() else { return close() }
            case .wait:
                guard flush() else { return close() }
                if state.isHandling || !state.output.isEmpty { return settle() }
            case .linger:
                socket.closeSending()
            case .close:
                return close()
            }
        }
    }

    /// Writes what is left to write and sees to it that the deadline is noticed.
    private func settle() {
        guard flush() else { return close() }
        guard let deadline = state.deadline else { return }
        if let reminderTick, reminderTick <= loop.tick(of: deadline) { return }
        reminderTick = loop.addReminder(for: self, deadline: deadline)
    }

    /// Hands a request to the handler; true if it has been answered already.
    private func begin(_ request: HTTPRequest) -> Bool {
        let cancellation = Cancellation()
        self.cancellation = cancellation
        current = (request, .now)
        let exchange = HTTPExchange(requestID: state.requestID, cancellation: cancellation, deliver: loop.delivery(to: id))
        loop.handler.handle(request, exchange)
        guard let response = exchange.takeEarlyAnswer() else { return false }
        finish(response)
        return true
    }

    private func finish(_ response: HTTPResponse) {
        let now = ContinuousClock.now
        if loop.isDraining { state.drain() }
        state.respond(response, now: now, date: loop.date())
        cancellation = nil
        if let (request, start) = current {
            loop.logger.debug(
                "\(request.method) \(request.path) \(response.status.code) \(response.body.count) bytes in \(now - start)",
                metadata: ["request_id": "\(state.requestID)"])
        }
        current = nil
    }

    /// False if the peer is gone.
    private func flush() -> Bool {
        while mayWrite, !state.output.isEmpty {
            do throws(Socket.WriteFailure) {
                try state.writeNext(now: .now) { bytes, isLast throws(Socket.WriteFailure) in
                    try socket.write(bytes, isLast: isLast)
                }
            } catch {
                if error == .failed { return false }
                mayWrite = false
            }
        }
        return true
    }

    /// False if the peer is gone.
    private func read() -> Bool {
        switch socket.read(into: loop.readBuffer) {
        case .bytes(let count):
            let bytes = UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count])
            bytes.withMemoryRebound(to: UInt8.self) { state.receive($0.span, now: .now) }
            // Less than asked for: nothing more is there, unless the stream's end is.
            if count < loop.readBuffer.count, !peerHangsUp { mayRead = false }
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

    private func close() {
        cancellation?.cancel()
        loop.remove(self)
    }
}
