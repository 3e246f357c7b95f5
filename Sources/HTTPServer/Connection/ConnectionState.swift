/// Everything that a connection decides, free of sockets and clocks: bytes and time go in, requests to handle and bytes to write
/// come out.
///
/// One request is handled at a time. What a client sends ahead (pipelining, RFC 9112 section 9.3.2) waits, at most one read
/// buffer of it, so answers leave in the order of their requests and a client cannot make the server collect work.
struct ConnectionState: ~Copyable {
    /// What the owner has to do next, once it has written what is in `output`.
    enum Action {
        /// Ask the application about a request whose body is to come, then call `readBody` or `refuse`.
        case admit(HTTPRequest)
        /// Hand the request to the application, then call `respond` or `beginStream`.
        case handle(HTTPRequest)
        /// Read more, when the client sends more.
        case read
        /// Wait for the application, or for the client to take what was written.
        case wait
        /// Close the sending side, then throw away what arrives until the client closes or the deadline passes: closing at
        /// once would reset the connection and could destroy the answer on its way (RFC 9112 section 9.6).
        case linger
        case close
    }

    private enum Phase {
        case reading
        case handling
        /// The application sends the body of its answer in parts.
        case streaming(ResponseEncoder.Framing, keepsAlive: Bool)
        /// The last answer is being written; `lingers` if the client may still be sending.
        case finishing(lingers: Bool)
        case lingering
        case closed
    }

    /// An answer that the connection has given by itself.
    struct Refusal {
        var problem: Problem
        /// Of the answer's body.
        var bytes: Int
        var id: RequestID
        /// Without its body; nil for what is no request, or did not become one.
        var request: HTTPRequest?
    }

    /// What reading has come to and `nextAction` has not yet told of.
    private enum Arrival {
        /// A request without the body that it announces.
        case head(HTTPRequest)
        case request(HTTPRequest)
        case malformed(Problem)
    }

    private var parser: RequestParser
    private var phase = Phase.reading
    private var arrival: Arrival?
    /// When the present wait began: for a request, for its header, or for the client to close.
    private var phaseStart: Instant
    /// What has arrived and the parser could not consume yet.
    private var pending: [UInt8] = []
    private var peerHasClosed = false
    private var closesAfterAnswer = false
    private var isDraining = false
    /// Whether no request has come yet.
    private var isNew = true
    /// Whether an answer has been given up in its middle.
    private var isTruncated = false
    /// What the owner has to write.
    private(set) var output = OutputQueue()
    /// At which the client sends the body of its request, and takes what is in `output`.
    private var readingPace: Pace
    private var writingPace: Pace
    /// Names the current request in its answer and in logs.
    private(set) var requestID = RequestID.given("")
    private var requestIDs = RequestIDSource()
    /// Until the owner has taken note of it.
    private var refusal: Refusal?
    /// Of the current request.
    private(set) var isHead = false
    /// Whether the current request has come with a body, so that the application was asked about it before.
    var hasBody: Bool { parser.head.body != .none }
    private let timeouts: ConnectionTimeouts
    private let encoder: ResponseEncoder

    /// No further request is looked at while more than this waits to be written.
    private static let maximumBacklog = 64 << 10

    init(
        limits: HTTPRequestLimits, bodies: BodyBudget = BodyBudget(bytes: .max), timeouts: ConnectionTimeouts,
        encoder: ResponseEncoder, now: Instant
    ) {
        parser = RequestParser(limits: limits, bodies: bodies)
        self.timeouts = timeouts
        self.encoder = encoder
        phaseStart = now
        readingPace = Pace(now: now)
        writingPace = Pace(now: now)
    }

    /// Whether nothing is under way: such a connection can be closed without anybody missing an answer.
    var isIdle: Bool {
        guard case .reading = phase, arrival == nil else { return false }
        return parser.isBetweenRequests && pending.isEmpty && output.isEmpty
    }

    /// Whether the client has all that it was to have. Only then may TLS say that the connection's end is meant: a client of HTTP/1.0
    /// could take half an answer for the whole (RFC 9112 section 9.8).
    var endsWhole: Bool { output.isEmpty && !isHandling && !isTruncated }

    /// Whether the application has a request whose answer is not complete.
    var isHandling: Bool {
        switch phase {
        case .handling, .streaming: true
        case .reading, .finishing, .lingering, .closed: false
        }
    }

    /// Whether bytes that arrive now would be looked at, or thrown away.
    var wantsToRead: Bool {
        switch phase {
        case .reading: !peerHasClosed && output.count <= Self.maximumBacklog
        case .lingering: !peerHasClosed
        case .handling, .streaming, .finishing, .closed: false
        }
    }

    // MARK: Input

    /// Takes what has arrived; `nextAction` says what follows from it.
    mutating func receive(_ bytes: Span<UInt8>, now: Instant) {
        guard case .reading = phase else { return }
        if parser.isBetweenRequests, pending.isEmpty { phaseStart = now }
        if pending.isEmpty, arrival == nil {
            let consumed = parse(bytes, now: now)
            pending.append(bytes.extracting(consumed...))
        } else {
            pending.append(bytes)
            parsePending(now: now)
        }
    }

    /// The client will send no more. What it has sent is still answered: it may have closed only its sending side.
    mutating func peerClosed() { peerHasClosed = true }

    /// The next thing to do, given all that has arrived.
    mutating func nextAction(now: Instant) -> Action {
        switch phase {
        case .reading:
            if output.count > Self.maximumBacklog { return .wait }
            if arrival == nil { parsePending(now: now) }
            switch arrival.take() {
            case .head(let request): return .admit(request)
            case .request(let request): return begin(request)
            case .malformed(let problem):
                refuse(problem, now: now)
                return .wait
            case nil: return waitForBytes()
            }
        case .handling, .streaming:
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

    /// Parses what waits, if anything does.
    private mutating func parsePending(now: Instant) {
        guard !pending.isEmpty, arrival == nil else { return }
        let waiting = pending
        pending = []
        let consumed = parse(waiting.span, now: now)
        if consumed < waiting.count { pending = consumed == 0 ? waiting : Array(waiting[consumed...]) }
    }

    /// Parses up to the end of one request, which becomes `arrival`.
    ///
    /// - Returns: how many of `bytes` are done with.
    private mutating func parse(_ bytes: Span<UInt8>, now: Instant) -> Int {
        var position = 0
        do throws(Problem) {
            while position < bytes.count {
                let before = parser.receivedBodyBytes
                let (consumed, progress) = try parser.parse(bytes.extracting(position...))
                position += consumed
                switch progress {
                case .needsMore:
                    readingPace.count(parser.receivedBodyBytes - before, rate: timeouts.minimumBodyRate, now: now)
                    return position
                case .head:
                    readingPace = Pace(now: now)
                    arrival = .head(parser.announcedRequest)
                    return position
                case .complete(let request):
                    arrival = .request(request)
                    return position
                }
            }
        } catch {
            arrival = .malformed(error)
        }
        return position
    }

    /// The request that `nextAction` has asked about may send its body.
    mutating func readBody(now: Instant) {
        // A client that has sent some of the body already does not wait for leave to send it.
        if parser.head.expectsContinue, pending.isEmpty { sendContinue(now: now) }
    }

    private mutating func waitForBytes() -> Action {
        // Nobody waits for an answer to half a request.
        if peerHasClosed {
            phase = .finishing(lingers: false)
            return output.isEmpty ? close() : .wait
        }
        return isDraining && isIdle && !isNew ? close() : .read
    }

    private mutating func begin(_ request: HTTPRequest) -> Action {
        isNew = false
        requestID = RequestID(request.fields, own: requestIDs.next())
        isHead = request.method == "HEAD"
        phase = .handling
        return .handle(request)
    }

    private mutating func close() -> Action {
        phase = .closed
        return .close
    }

    // MARK: Answers

    /// Takes the application's whole answer to the request that `nextAction` handed out.
    mutating func respond(_ response: HTTPResponse, now: Instant) {
        guard case .handling = phase else { return }
        let keepsAlive = parser.head.keepsAlive && !closesAfterAnswer
        encodeHead(of: response, framing: .length(response.body.count), keepsAlive: keepsAlive, now: now)
        if !isHead, !response.status.forbidsBody { output.append(response.body) }
        endAnswer(keepsAlive: keepsAlive, now: now)
    }

    /// Takes the head of an answer whose body comes in parts; `response.body` is not looked at.
    ///
    /// - Parameter length: how many bytes will come, if that is known.
    mutating func beginStream(_ response: HTTPResponse, length: Int?, now: Instant) {
        guard case .handling = phase else { return }
        let framing: ResponseEncoder.Framing =
            length.map { .length($0) } ?? (parser.head.isVersion1_0 ? .close : .chunked)
        let keepsAlive = parser.head.keepsAlive && !closesAfterAnswer && framing != .close
        encodeHead(of: response, framing: framing, keepsAlive: keepsAlive, now: now)
        if isHead || response.status.forbidsBody {
            endAnswer(keepsAlive: keepsAlive, now: now)
        } else {
            phase = .streaming(framing, keepsAlive: keepsAlive)
        }
    }

    /// Takes the next part of the body. More than was announced ends the connection: the client could take the rest for an answer.
    mutating func stream(_ part: [UInt8], now: Instant) {
        guard case .streaming(var framing, let keepsAlive) = phase else { return }
        if case .length(let left) = framing {
            guard part.count <= left else { return abort() }
            framing = .length(left - part.count)
            phase = .streaming(framing, keepsAlive: keepsAlive)
        }
        beginWriting(now: now)
        encoder.encode(part, framing: framing, into: &output)
    }

    /// The body is complete. If it is shorter than was announced, the connection ends: that is how a client can tell.
    mutating func endStream(now: Instant) {
        guard case .streaming(let framing, let keepsAlive) = phase else { return }
        if case .length(let left) = framing, left > 0 { return abort() }
        beginWriting(now: now)
        encoder.encodeEnd(framing: framing, into: &output)
        endAnswer(keepsAlive: keepsAlive, now: now)
    }

    /// Gives up an answer that has begun: what was written leaves, then the connection closes without the body's end.
    mutating func abort() {
        guard isHandling else { return }
        isTruncated = true
        phase = .finishing(lingers: false)
    }

    /// Answers with a problem and gives the connection up: what comes after a malformed request cannot be told apart, and a body
    /// that nobody wants would have to be read.
    mutating func refuse(_ problem: Problem, now: Instant) {
        arrival = nil
        let request = parser.isReadingBody ? parser.announcedRequest : nil
        requestID = request.map { RequestID($0.fields, own: requestIDs.next()) } ?? requestIDs.next()
        isHead = parser.method == "HEAD"
        let response = problem.response(instance: requestID.instance)
        encodeHead(of: response, framing: .length(response.body.count), keepsAlive: false, now: now)
        if !isHead { output.append(response.body) }
        refusal = Refusal(problem: problem, bytes: isHead ? 0 : response.body.count, id: requestID, request: request)
        phase = .finishing(lingers: true)
    }

    /// Tells once of an answer that the connection has given by itself.
    mutating func takeRefusal() -> Refusal? { refusal.take() }

    /// Ends the connection without an answer: there is nobody who would understand one.
    mutating func giveUp(now: Instant) {
        phase = .finishing(lingers: true)
        phaseStart = now
    }

    private mutating func encodeHead(
        of response: HTTPResponse, framing: ResponseEncoder.Framing, keepsAlive: Bool, now: Instant
    ) {
        beginWriting(now: now)
        encoder.encodeHead(
            of: response, framing: framing,
            .init(
                requestID: requestID, keepsAlive: keepsAlive, isVersion1_0: parser.head.isVersion1_0),
            into: &output)
    }

    private mutating func endAnswer(keepsAlive: Bool, now: Instant) {
        phase = keepsAlive ? .reading : .finishing(lingers: true)
        phaseStart = now
    }

    // MARK: Output

    private mutating func sendContinue(now: Instant) {
        beginWriting(now: now)
        encoder.encodeContinue(into: &output)
    }

    /// Hands the next bytes of `output` to `write`, in up to two parts; it returns how many it took.
    mutating func writeNext<Failure: Error>(
        now: Instant, _ write: (_ first: Span<UInt8>, _ second: Span<UInt8>, _ isLast: Bool) throws(Failure) -> Int
    ) throws(Failure) {
        let before = output.count
        try output.writeNext(write)
        writingPace.count(before - output.count, rate: timeouts.minimumWriteRate, now: now)
        // The wait for the next request begins when the last byte of this answer has left.
        if isIdle { phaseStart = now }
    }

    private mutating func beginWriting(now: Instant) {
        if output.isEmpty { writingPace.resume(now: now) }
    }

    // MARK: Time

    /// When `deadlinePassed` is due; nil while only the application is waited for.
    var deadline: Instant? {
        if !output.isEmpty { return writingPace.deadline(grace: timeouts.writeGrace) }
        switch phase {
        case .handling, .streaming, .closed: return nil
        case .finishing, .lingering: return phaseStart.advanced(by: timeouts.linger)
        case .reading:
            if isIdle { return phaseStart.advanced(by: isDraining ? min(timeouts.firstRequest, timeouts.idle) : timeouts.idle) }
            return parser.isReadingBody
                ? readingPace.deadline(grace: timeouts.bodyGrace) : phaseStart.advanced(by: timeouts.header)
        }
    }

    /// Call when `deadline` has passed, then `nextAction`.
    mutating func deadlinePassed(now: Instant) {
        guard case .reading = phase, output.isEmpty, !isIdle else {
            phase = .closed
            return
        }
        let part = parser.isReadingBody ? "body" : "header"
        refuse(
            Problem(
                status: .requestTimeout, code: "request_timeout", title: "Request timeout",
                detail: "the request's \(part) came too slowly"), now: now)
    }

    /// From now on answers close the connection.
    mutating func closeAfterAnswer() { closesAfterAnswer = true }

    /// Answers close the connection, and an idle connection closes at the next `nextAction`; not a new one, whose client cannot know
    /// better and has its first request on the way.
    mutating func drain() {
        closesAfterAnswer = true
        isDraining = true
    }
}
