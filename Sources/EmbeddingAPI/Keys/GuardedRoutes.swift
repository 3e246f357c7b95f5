import HTTPServer

extension EmbeddingService {
    /// Everything below this needs a key, where there are keys; probes and metrics do not.
    static let guardedPrefix = "/v1/"

    /// A handler that is told who is asking. Where there are keys, the router's gate has let the request in; should a route be
    /// outside of it, nobody gets in.
    func guarded(_ handle: @escaping @Sendable (HTTPRequest, HTTPExchange, Caller) -> Void) -> Router.Handler {
        guard keys != nil else { return { request, exchange in handle(request, exchange, .anonymous) } }
        return { request, exchange in
            guard let caller = exchange.admission as? Caller else { return exchange.respond(.invalidKey) }
            handle(request, exchange, caller)
        }
    }
}
