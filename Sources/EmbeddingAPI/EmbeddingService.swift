import Generation
import HTTPServer
import Hypernetworks
import JSON
import Synchronization

/// The routes of the service, the models behind them, and whether it is ready.
public final class EmbeddingService: Sendable {
    private struct State {
        /// Nil until the models are loaded.
        var models: [EmbeddingModel]?
        var isDraining = false
    }

    private let engine: GenerationEngine
    private let limits: RequestLimits
    private let state = Mutex(State())

    public init(engine: GenerationEngine, limits: RequestLimits = RequestLimits()) {
        self.engine = engine
        self.limits = limits
    }

    /// Puts models into service: from now on readiness is 200.
    public func install(_ models: [EmbeddingModel]) { state.withLock { $0.models = models } }

    /// Readiness turns 503, so that load balancers look elsewhere; requests that still come are answered.
    public func drain() { state.withLock { $0.isDraining = true } }

    public var router: Router {
        var router = Router()
        router.get("/livez") { _, exchange in exchange.respond(Self.alive) }
        router.get("/readyz") { [self] _, exchange in reportReadiness(exchange) }
        router.get("/health") { [self] _, exchange in reportReadiness(exchange) }
        router.get("/v1/models") { [self] _, exchange in listModels(exchange) }
        router.post("/v1/token-embeddings") { [self] request, exchange in embedTokens(request, exchange) }
        return router
    }

    // MARK: Health

    private func reportReadiness(_ exchange: HTTPExchange) {
        let (isLoading, isDraining) = state.withLock { ($0.models == nil, $0.isDraining) }
        if isDraining {
            exchange.respond(Self.unavailable("draining", "the service is shutting down"))
        } else if isLoading {
            exchange.respond(Self.loading)
        } else {
            exchange.respond(Self.ready)
        }
    }

    private static let alive = json { $0.status("alive") }
    private static let ready = json { $0.status("ready") }
    private static let loading = unavailable("loading", "the models are being loaded")

    private static func unavailable(_ code: String, _ detail: String) -> Problem {
        Problem(status: .serviceUnavailable, code: code, title: "The service is not ready", detail: detail)
    }

    // MARK: Models

    private func listModels(_ exchange: HTTPExchange) {
        guard let models = state.withLock({ $0.models }) else { return exchange.respond(Self.loading) }
        exchange.respond(
            Self.json { writer in
                writer.object { body in
                    body.key("data")
                    body.array { list in for model in models { ModelDescription(model).write(to: &list) } }
                }
            })
    }

    private func model(named name: String) throws(Problem) -> EmbeddingModel {
        guard let models = state.withLock({ $0.models }) else { throw Self.loading }
        if let model = models.first(where: { $0.name == name }) { return model }
        let detail = "no model \"\(name)\"; loaded are \(models.map(\.name).joined(separator: ", "))"
        throw Problem(
            status: .notFound, code: "unknown_model", title: "Unknown model", detail: detail, errors: [("/model", detail)])
    }

    // MARK: Embeddings

    /// Bodies up to this are read at once, whatever else the workers do; they hold some dozens of tokens.
    private static let smallBody = 4 << 10

    /// Reading and writing a large body takes long enough to hold up a connection's loop, so both happen on the workers.
    private func embedTokens(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        engine.perform(request.body.count <= Self.smallBody ? .interactive : .bulk) { [self] worker in
            do throws(Problem) {
                try MediaType.json.check(request)
                let deadline = try Self.deadline(request, exchange)
                let body = try TokenEmbeddingsRequest(body: request.body, limits: limits)
                let tokens = try PreparedTokens(body, model: model(named: body.model), pause: worker.pause)
                do throws(GenerationError) {
                    try engine.generate(
                        tokens.inputs, with: tokens.model.generator, priority: body.priority, deadline: deadline,
                        isCancelled: { exchange.isCancelled }
                    ) { result, worker in Self.answer(exchange, body, tokens, result, on: worker) }
                } catch {
                    throw Problem(error)
                }
            } catch {
                exchange.respond(error)
            }
        }
    }

    /// When the caller will have given up, by its `X-Request-Timeout-Ms`.
    private static func deadline(
        _ request: HTTPRequest, _ exchange: HTTPExchange
    ) throws(Problem) -> ContinuousClock.Instant? {
        guard let field = request.fields["x-request-timeout-ms"] else { return nil }
        guard let milliseconds = Int(field), (1...86_400_000).contains(milliseconds) else {
            throw Problem(
                status: .badRequest, code: "bad_timeout", title: "Malformed request",
                detail: "X-Request-Timeout-Ms must be a number of milliseconds, up to a day's")
        }
        return .now + (.milliseconds(milliseconds) - exchange.age)
    }

    private static func answer(
        _ exchange: HTTPExchange, _ request: TokenEmbeddingsRequest, _ tokens: PreparedTokens,
        _ result: Result<GeneratedTokens, GenerationError>, on worker: Worker
    ) {
        do throws(Problem) {
            let generated = try result.mapError(Problem.init).get()
            let body = try TokenEmbeddingsResponse(
                request, tokens: tokens, rows: generated.rows, cached: generated.cached)
            var response = HTTPResponse(json: body.encoded(pause: worker.pause))
            response.addServerTiming(
                [("queue", generated.queued), ("inference", generated.computed), ("total", exchange.age)])
            exchange.respond(response)
        } catch {
            exchange.respond(error)
        }
    }

    /// Answers that tell how things are now, which no cache may keep.
    private static func json(_ write: (inout JSONWriter) -> Void) -> HTTPResponse {
        var writer = JSONWriter()
        write(&writer)
        var response = HTTPResponse(json: writer.bytes)
        response.forbidStoring()
        return response
    }
}

extension Problem {
    fileprivate init(_ error: GenerationError) {
        switch error {
        case .queueFull(_, let retryAfter):
            self.init(
                status: .tooManyRequests, code: "queue_full", title: "Too much work is waiting", detail: "\(error)",
                retryAfter: max(1, Int((retryAfter / .seconds(1)).rounded(.up))))
        case .deadlineExceeded:
            self.init(status: .gatewayTimeout, code: "deadline_exceeded", title: "Out of time", detail: "\(error)")
        case .cancelled:
            self.init(status: .serviceUnavailable, code: "cancelled", title: "The request was cancelled", detail: "\(error)")
        }
    }
}

extension JSONWriter {
    fileprivate mutating func status(_ status: String) {
        object {
            $0.key("status")
            $0.string(status)
        }
    }
}
