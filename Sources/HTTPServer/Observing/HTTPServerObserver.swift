/// Is told of every request, for logs and metrics.
public protocol HTTPServerObserver: AnyObject, Sendable {
    /// The answer to a request is complete, or has been given up. Called on the connection's event loop: it must not block.
    func finished(_ record: HTTPRequestRecord)

    /// The server has shut down: what is held back must go out now.
    func flush()
}

/// What became of one request.
public struct HTTPRequestRecord: Sendable {
    let id: RequestID
    let peerAddress: PeerAddress
    /// Empty, like the path, for what could not be read.
    public let method: String
    public let path: String
    /// The route that the request was for, such as `/v1/models/{name}`; nil if there is none. Unlike paths, routes are few.
    public internal(set) var route: String?
    /// Who the request comes from, if its handler knows and has let it in.
    public internal(set) var caller: String?
    public internal(set) var status = 0
    /// Bytes of the request's body.
    public let requestBytes: Int
    /// Bytes of the answer's body.
    public internal(set) var responseBytes = 0
    /// From the request's last byte to the answer's.
    public internal(set) var duration = Duration.zero
    /// False if the client was gone, or cut off, before the answer was complete.
    public internal(set) var isComplete = true
    /// Of the problem that was answered, such as `queue_full`.
    public internal(set) var problemCode: String?
    /// What the request's handler has said of it.
    public internal(set) var notes = RequestNotes()
    /// The trace that the request is a part of, if it says so.
    public let traceContext: TraceContext?

    /// - Parameter request: nil for what could not be read.
    init(_ request: HTTPRequest? = nil, id: RequestID, peer: PeerAddress) {
        self.id = id
        peerAddress = peer
        method = request?.method ?? ""
        path = request?.path ?? ""
        requestBytes = request?.body.count ?? 0
        traceContext = request?.fields["traceparent"].flatMap { TraceContext(traceparent: $0) }
    }

    public var requestID: String { id.description }
    /// The client's address, or `local` for a Unix-domain socket.
    public var peer: String { peerAddress.description }
}
