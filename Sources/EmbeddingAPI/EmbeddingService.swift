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

    let engine: GenerationEngine
    let limits: RequestLimits
    let vocabularies: VocabularyAdmission
    private let state = Mutex(State())

    public init(engine: GenerationEngine, limits: RequestLimits = RequestLimits()) {
        self.engine = engine
        self.limits = limits
        vocabularies = VocabularyAdmission(maximum: limits.maximumVocabularies)
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
        router.post(Self.vocabularyPath) { [self] request, exchange in embedVocabulary(request, exchange) }
        router.post("/v1/decompositions") { [self] request, exchange in decompose(request, exchange) }
        addPage(to: &router)
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

    /// - Parameter pointer: where the request names it.
    func model(named name: String, pointer: String = "/model") throws(Problem) -> EmbeddingModel {
        guard let models = state.withLock({ $0.models }) else { throw Self.loading }
        if let model = models.first(where: { $0.name == name }) { return model }
        let detail = "no model \"\(name)\"; loaded are \(models.map(\.name).joined(separator: ", "))"
        throw Problem(
            status: .notFound, code: "unknown_model", title: "Unknown model", detail: detail, errors: [(pointer, detail)])
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

extension JSONWriter {
    fileprivate mutating func status(_ status: String) {
        object {
            $0.member("status", status)
        }
    }
}
