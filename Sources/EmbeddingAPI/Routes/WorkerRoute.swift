import Generation
import HTTPServer

extension EmbeddingService {
    /// Bodies up to this are read at once, whatever else the workers do; they hold some dozens of tokens.
    private static let smallBody = 4 << 10

    /// Handles a request on a worker: reading and writing a large body takes long enough to hold up a connection's loop.
    func onWorker(
        _ request: HTTPRequest, _ exchange: HTTPExchange,
        _ handle: @escaping @Sendable (EmbeddingService, Worker) throws(Problem) -> Void
    ) {
        engine.perform(request.body.count <= Self.smallBody ? .interactive : .bulk) { [self] worker in
            // Who has left while others were served wants no answer.
            if exchange.isCancelled { return }
            do throws(Problem) {
                try handle(self, worker)
            } catch {
                exchange.respond(error)
            }
        }
    }

    /// When the caller will have given up, by its `X-Request-Timeout-Ms`.
    static func deadline(_ request: HTTPRequest, _ exchange: HTTPExchange) throws(Problem) -> ContinuousClock.Instant? {
        guard let field = request.fields["x-request-timeout-ms"] else { return nil }
        guard field.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }), let milliseconds = Int(field),
            (1...86_400_000).contains(milliseconds)
        else {
            throw Problem(
                status: .badRequest, code: "bad_timeout", title: "Malformed request",
                detail: "X-Request-Timeout-Ms must be a number of milliseconds, up to a day's")
        }
        return .now + (.milliseconds(milliseconds) - exchange.age)
    }
}

extension Problem {
    init(_ error: GenerationError) {
        switch error {
        case .queueFull(_, let retryAfter):
            self.init(
                status: .tooManyRequests, code: "queue_full", title: "Too much work is waiting", detail: "\(error)",
                retryAfter: max(1, Int((retryAfter / .seconds(1)).rounded(.up))))
        case .deadlineExceeded:
            self.init(status: .gatewayTimeout, code: "deadline_exceeded", title: "Out of time", detail: "\(error)")
        case .cancelled:
            self.init(status: .serviceUnavailable, code: "cancelled", title: "The request was cancelled", detail: "\(error)")
        case .method:
            self.init(
                status: .unprocessableContent, code: "method_failed", title: "The method cannot be used here", detail: "\(error)")
        case .unmixable(let row, let reason):
            self.init(
                status: .unprocessableContent, code: "method_failed", title: "The method cannot be used here", detail: "\(error)",
                errors: [("/tokens/\(row)", "\(reason)")])
        case .notFinite(let row):
            self.init(
                status: .internalServerError, code: "not_finite", title: "A row is not finite", detail: "\(error)",
                errors: [("/tokens/\(row)", "its row is not finite")])
        case .overflow(let row):
            self.init(
                status: .unprocessableContent, code: "overflow", title: "A number is too large for the format", detail: "\(error)",
                errors: [("/tokens/\(row)", "its row does not fit into float32")])
        }
    }
}
