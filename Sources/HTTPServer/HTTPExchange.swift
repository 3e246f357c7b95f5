import Synchronization

/// One request waiting for its answer.
///
/// An exchange that is given up unanswered answers 500 by itself, so that a client never waits for what will not come.
public final class HTTPExchange: Sendable {
    /// The caller's `X-Request-Id`, or one of our own.
    public let requestID: String
    private let cancellation: Cancellation
    private let state = Mutex(State.handling)
    /// Brings an answer to the connection's loop.
    private let deliver: @Sendable (HTTPResponse) -> Void

    private enum State {
        /// The handler has not returned: an answer is picked up when it does, without a detour.
        case handling
        case answeredEarly(HTTPResponse)
        case waiting
        case answered
    }

    init(requestID: String, cancellation: Cancellation, deliver: @escaping @Sendable (HTTPResponse) -> Void) {
        self.requestID = requestID
        self.cancellation = cancellation
        self.deliver = deliver
    }

    deinit {
        respond(
            Problem(
                status: .internalServerError, code: "no_answer", title: "Internal server error",
                detail: "the request was not answered"))
    }

    /// Whether the client is gone, so that nobody waits for the answer.
    public var isCancelled: Bool { cancellation.isCancelled }

    /// Answers the request. Only the first answer counts.
    public func respond(_ response: HTTPResponse) {
        let isLate = state.withLock { state in
            switch state {
            case .handling:
                state = .answeredEarly(response)
                return false
            case .waiting:
                state = .answered
                return true
            case .answeredEarly, .answered:
                return false
            }
        }
        if isLate { deliver(response) }
    }

    /// Answers with a problem, whose `instance` is this request.
    public func respond(_ problem: Problem) {
        respond(problem.response(instance: RequestID.instance(requestID)))
    }

    /// The answer, if the handler has given one before it returned; from now on answers are delivered.
    func takeEarlyAnswer() -> HTTPResponse? {
        state.withLock { state in
            if case .answeredEarly(let response) = state {
                state = .answered
                return response
            }
            state = .waiting
            return nil
        }
    }
}

/// Whether the client of a request is gone: written by its connection, read by whoever works for it.
final class Cancellation: Sendable {
    private let flag = Atomic(false)
    var isCancelled: Bool { flag.load(ordering: .relaxed) }
    func cancel() { flag.store(true, ordering: .relaxed) }
}
