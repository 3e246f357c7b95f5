/// What answers requests.
public protocol HTTPHandler: Sendable {
    /// Called on the connection's event loop, which serves other connections too: it must not block. The answer goes through
    /// `exchange`, at once or later, from any thread.
    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange)
}
