/// Everything that a connection decides, free of sockets and clocks: bytes and time go in, requests to handle and bytes to write
/// come out.
///
/// One request is handled at a time. What a client sends ahead (pipelining, RFC 9112 section 9.3.2) waits, at most one read
/// buffer of it, so answers leave in the order of their requests and a client cannot make the server collect work.
struct ConnectionState: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What the owner has to do next, once it has written what is in `output`.
    enum Action {
        /// Hand the request to the application, then call `respond`.
        case handle(HTTPRequest)
        /// Read more, when the client sends more.
        case read
        /// Wait for the application's answer, or for the client to take what was written.
        case wait
        /// Close the sending side, then throw away what arrives until the client closes or the deadline passes: closing at
        /// once would reset the connection and could destroy the answer on its way (RFC 9112 section 9.6).
        case linger
        case close
    }

    private enum Phase {
        case reading
        case handling(isHead: Bool, isVersion1_0: Bool, keepsAlive: Bool)
        /// The last answer is being written; `lingers` if the client may still be sending.
        case finishing(lingers: Bool)
        case lingering
        case closed
    }

    private var parser: RequestParser
    private var phase = Phase.reading
    /// When the present wait began: for a request, for its header, for its body, or for the client to close.
    private var phaseStart: Instant
    /// What has arrived and the parser could not consume yet.
    private var pending: [UInt8] = []
    private var peerHasClosed = false
    private var isDraining = false
    /// What the owner has to write.
    private(set) var output = OutputQueue()
    /// When the client was first offered what is in `output`, and how much it has taken since.
    private var writeStart: Instant
    private var writtenCount = 0
    /// Identifies the current request in its answer and in logs.
    private(set) var requestID = ""
    private let timeouts: ConnectionTimeouts
    private let encoder: ResponseEncoder

    /// No further request is looked at while more than this waits to be written.
    private static let maximumBacklog = 64 << 10

    init(limits: HTTPRequestLimits, timeouts: ConnectionTimeouts, encoder: ResponseEncoder, now: Instant) {
        parser = RequestParser(limits: limits)
        self.timeouts = timeouts
        self.encoder = encoder
        phaseStart = now
        writeStart = now
    }

    /// Whether nothing is under way: such a connection can be closed without anybody missing an answer.
    var isIdle: Bool {
        if case .reading = phase { parser.isBetweenRequests && pending.isEmpty && output.isEmpty } else { false }
    }

    /// Whether the application has a request whose answer has not come.
    var isHandling: Bool {
        if case .handling = phase { true } else { false }
    }

    /// Whether bytes that arrive now would be looked at, or thrown away.
    var wantsToRead: Bool {
        switch phase {
        case .reading: !peerHasClosed && output.count <= Self.maximumBacklog
        case .lingering: !peerHasClosed
        case .handling, .finishing, .closed: false
        }
    }

    // MARK: Input

    /// Takes what has arrived; `nextAction` says what follows from it.
    mutating func receive(_ bytes: Span<UInt8>, now: Instant) {
        guard case .reading = phase else { return }
        if parser.isBetweenRequests, pending.isEmpty { phaseStart = now }
        bytes.withUnsafeBufferPointer { pending.append(contentsOf: $0) }
    }

    /// The client will send no more. What it has sent is still answered: it may have closed only its sending side.
    mutating func peerClosed() { peerHasClosed = true }

    /// The next thing to do, given all that has arrived.
    ///
    /// - Parameter date: the current time as a Date field has it.
    mutating func nextAction(now: Instant, date: @autoclosure () -> String) -> Action {
        switch phase {
        case .reading:
            return output.count > Self.maximumBacklog ? .wait : parseNext(now: now, date: date())
        case .handling:
            return .wait
        case .finishing(let lingers):
            guard output.isEmpty else { return .wait }
            guard lingers, !peerHasClosed else { return close() }
            phase = .lingering
            phaseStart = now
            return .linger
        case .lingering:
            return peerHasClosed ? close() : .read
        case .closed:
            return .close
        }
    }

    private mutating func parseNext(now: Instant, date: @autoclosure () -> String) -> Action {
        let input = pending
        var position = 0
        pending = []
        do throws(Problem) {
            while position < input.count {
                let (consumed, progress) = try parser.parse(input.span.extracting(position...))
                position += consumed
                switch progress {
                case .needsMore:
                    pending = Array(input[position...])
                    return waitForBytes()
                case .head:
                    phaseStart = now
                    // A client that has sent some of the body already does not wait for leave to send it.
                    if parser.head.expectsContinue, position == input.count { sendContinue(now: now) }
                case .complete(let request):
                    pending = Array(input[position...])
                    begin(request)
                    return .handle(request)
                }
            }
            return waitForBytes()
        } catch {
            refuse(error, now: now, date: date())
            return .wait
        }
    }

    private mutating func waitForBytes() -> Action {
        // Nobody waits for an answer to half a request.
        if peerHasClosed {
            phase = .finishing(lingers: false)
            return output.isEmpty ? close() : .wait
        }
        return isDraining && isIdle ? close() : .read
    }

    private mutating func begin(_ request: HTTPRequest) {
        requestID = RequestID.accepted(request.fields["x-request-id"]) ?? RequestID.make()
        phase = .handling(
            isHead: request.method == "HEAD", isVersion1_0: parser.head.isVersion1_0, keepsAlive: parser.head.keepsAlive)
    }

    private mutating func close() -> Action {
        phase = .closed
        return .close
    }

    // MARK: Output

    /// Takes the application's answer to the request that `nextAction` handed out.
    mutating func respond(_ response: HTTPResponse, now: Instant, date: String) {
        guard case .handling(let isHead, let isVersion1_0, let wantsKeepAlive) = phase else { return }
        let keepsAlive = wantsKeepAlive && !isDraining
        beginWriting(now: now)
        encoder.encode(
            response,
            .init(requestID: requestID, isHead: isHead, keepsAlive: keepsAlive, isVersion1_0: isVersion1_0, date: date),
            into: &output)
        phase = keepsAlive ? .reading : .finishing(lingers: true)
        phaseStart = now
    }

    private mutating func sendContinue(now: Instant) {
        beginWriting(now: now)
        encoder.encodeContinue(into: &output)
    }

    /// Answers with a problem and gives the connection up: what comes after a malformed request cannot be told apart.
    mutating func refuse(_ problem: Problem, now: Instant, date: String) {
        requestID = RequestID.make()
        beginWriting(now: now)
        encoder.encode(
            problem.response(instance: RequestID.instance(requestID)),
            .init(requestID: requestID, isHead: parser.head.method == "HEAD", keepsAlive: false, date: date), into: &output)
        phase = .finishing(lingers: true)
    }

    /// Hands the next bytes of `output` to `write`, which returns how many it took.
    mutating func writeNext<Failure: Error>(
        now: Instant, _ write: (_ bytes: Span<UInt8>, _ isLast: Bool) throws(Failure) -> Int
    ) throws(Failure) {
        let before = output.count
        try output.writeFirst(write)
        writtenCount += before - output.count
        // The wait for the next request begins when the last byte of this answer has left.
        if isIdle { phaseStart = now }
    }

    private mutating func beginWriting(now: Instant) {
        guard output.isEmpty else { return }
        writeStart = now
        writtenCount = 0
    }

    // MARK: Time

    /// When `deadlinePassed` is due; nil while only the application is waited for.
    var deadline: Instant? {
        if !output.isEmpty {
            let earned = ConnectionTimeouts.allowance(writtenCount, rate: timeouts.minimumWriteRate)
            return writeStart.advanced(by: timeouts.writeGrace + earned)
        }
        switch phase {
        case .handling, .closed: return nil
        case .finishing, .lingering: return phaseStart.advanced(by: timeouts.linger)
        case .reading:
            if isIdle { return phaseStart.advanced(by: timeouts.idle) }
            guard parser.isReadingBody else { return phaseStart.advanced(by: timeouts.header) }
            let earned = ConnectionTimeouts.allowance(parser.bodyCount, rate: timeouts.minimumBodyRate)
            return phaseStart.advanced(by: timeouts.bodyGrace + earned)
        }
    }

    /// Call when `deadline` has passed, then `nextAction`.
    mutating func deadlinePassed(now: Instant, date: String) {
        guard case .reading = phase, output.isEmpty, !isIdle else {
            phase = .closed
            return
        }
        let part = parser.isReadingBody ? "body" : "header"
        refuse(
            Problem(
                status: .requestTimeout, code: "request_timeout", title: "Request timeout",
                detail: "the request's \(part) came too slowly"), now: now, date: date)
    }

    /// From now on answers close the connection, and an idle connection closes at the next `nextAction`.
    mutating func drain() { isDraining = true }
}
