import Synchronization

/// One request waiting for its answer.
///
/// An exchange that is given up unanswered answers 500 by itself, so that a client never waits for what will not come.
public final class HTTPExchange: Sendable {
    private let id: RequestID
    /// Whether the request wants no body, only the head of the answer (RFC 9110 section 9.3.2).
    private let isHead: Bool
    private let client: Client
    /// What the handler has let the request in with.
    public let admission: (any HTTPAdmission)?
    private let compression: ResponseCompression
    /// When the request was complete.
    private let start: Instant
    private let state = Mutex(State.handling)

    private enum State {
        /// The handler has not returned: an answer is picked up when it does, without a detour.
        case handling
        case answeredEarly(Delivery)
        case waiting
        case answered
    }

    init(
        id: RequestID, isHead: Bool, start: Instant, client: Client, admission: (any HTTPAdmission)? = nil,
        compression: ResponseCompression
    ) {
        self.id = id
        self.isHead = isHead
        self.start = start
        self.client = client
        self.admission = admission
        self.compression = compression
    }

    deinit {
        if isAnswered { return }
        respond(
            Problem(
                status: .internalServerError, code: "no_answer", title: "Internal server error",
                detail: "the request was not answered"))
    }

    /// The caller's `X-Request-Id`, or one of our own.
    public var requestID: String { id.description }

    /// The subject of the client's TLS certificate, as RFC 4514 writes it, if the client has shown one; it has been verified.
    public var clientSubject: String? { client.subject }

    /// How long ago the request was complete.
    public var age: Duration { .now - start }

    /// Whether the client is gone, so that nobody waits for the answer.
    public var isCancelled: Bool { client.isGone }

    /// Says which route the request is for, in logs and metrics.
    func note(route: String) { client.note(route: route) }

    /// Has a field of the request's line in the log, beside those that each has. Only before the request is answered, and never
    /// with what must stay secret.
    public func note(_ name: StaticString, _ value: RequestNotes.Value) { client.note(name, value) }

    /// Answers the request. Only the first answer counts.
    public func respond(_ response: HTTPResponse) { deliver(.response(compression.apply(to: response))) }

    /// Answers with a problem, whose `instance` is this request.
    public func respond(_ problem: Problem) {
        respond(problem.response(instance: id.instance))
    }

    /// Begins an answer whose body comes in parts.
    ///
    /// - Parameters:
    ///   - head: status and fields; its body is not sent.
    ///   - length: how many bytes will come. Without it the body is chunked, and a client of HTTP/1.0 is told of its end by the
    ///     connection's.
    /// - Returns: what takes the parts; nil if the request has been answered, or wants no body.
    public func beginStream(_ head: HTTPResponse, length: Int? = nil) -> HTTPBodyWriter? {
        let window = BodyWindow(size: client.windowSize)
        var head = head
        let deflater = compression.prepare(&head, length: length)
        // How long the compressed body will be, nobody knows.
        let lengthOnTheWire = deflater == nil ? length : nil
        guard deliver(.streamHead(head, length: lengthOnTheWire, window)) else { return nil }
        if isHead || head.status.forbidsBody { return nil }
        return HTTPBodyWriter(client: client, window: window, deflater: deflater)
    }

    private var isAnswered: Bool {
        state.withLock { state in
            switch state {
            case .handling, .waiting: false
            case .answeredEarly, .answered: true
            }
        }
    }

    /// False if the request has been answered before.
    @discardableResult
    private func deliver(_ answer: Delivery) -> Bool {
        enum Verdict { case early, late, tooLate }
        let verdict = state.withLock { state -> Verdict in
            switch state {
            case .handling:
                state = .answeredEarly(answer)
                return .early
            case .waiting:
                state = .answered
                return .late
            case .answeredEarly, .answered:
                return .tooLate
            }
        }
        if verdict == .late { client.deliver(answer) }
        return verdict != .tooLate
    }

    /// The answer, if the handler has given one before it returned; from now on answers are delivered.
    func takeEarlyAnswer() -> Delivery? {
        state.withLock { state in
            if case .answeredEarly(let answer) = state {
                state = .answered
                return answer
            }
            state = .waiting
            return nil
        }
    }
}
