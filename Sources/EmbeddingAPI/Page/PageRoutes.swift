import HTTPServer

extension EmbeddingService {
    /// What the service has for browsers: a page that tries it, and the contract for people.
    public func addPage(to router: inout Router) {
        add("/", .page, to: &router)
        add("/page.css", .styles, to: &router)
        add("/page.js", .script, to: &router)
        add("/icon.svg", .icon, to: &router)
        // Browsers ask for it unasked.
        add("/favicon.ico", .icon, to: &router)
        add("/docs", .documentation, to: &router)
    }

    /// `GET /openapi.yaml`: the contract.
    func addContract(to router: inout Router) { add("/openapi.yaml", .contract, to: &router) }

    private func add(_ path: String, _ file: @escaping @Sendable @autoclosure () -> PageFile, to router: inout Router) {
        router.get(path) { [self] request, exchange in
            // Compressing a file takes a millisecond, and making the documentation many: no work for a connection's loop.
            onWorker(request, exchange) { _, _ in exchange.respond(file().answer(to: request)) }
        }
    }
}
