/// What answers requests.
public protocol HTTPHandler: Sendable {
    /// Called on the connection's event loop for every request, once its header section is complete and before its body is read;
    /// it must not block. A client that is refused here cannot make the server hold what it would send.
    ///
    /// - Parameter request: without its body.
    /// - Returns: what the request's exchange is to keep, if anything.
    /// - Throws: the answer to a request that goes no further.
    func admit(_ request: HTTPRequest) throws(Problem) -> (any HTTPAdmission)?

    /// Which route a request that is not handled is for, in logs and metrics: one that was not let in, or whose body does not come.
    func route(of request: HTTPRequest) -> String?

    /// Called on the connection's event loop, which serves other connections too: it must not block. The answer goes through
    /// `exchange`, at once or later, from any thread.
    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange)
}

extension HTTPHandler {
    public func admit(_ request: HTTPRequest) throws(Problem) -> (any HTTPAdmission)? { nil }

    public func route(of request: HTTPRequest) -> String? { nil }
}

/// What a handler knows of a request that it has let in.
public protocol HTTPAdmission: AnyObject, Sendable {
    /// Who the request comes from, for logs; nothing secret.
    var caller: String? { get }

    /// The answer is complete, or will never be, as the client has gone. Called once, on the connection's event loop, before the
    /// last bytes of the answer leave: the client's next request comes after it.
    func exchangeEnded()
}
