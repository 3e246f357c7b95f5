import Generation
import HTTPServer
import JSON
import Synchronization

/// The routes of the service, the models behind them, and whether it is ready.
public final class EmbeddingService: Sendable {
    let engine: GenerationEngine
    let limits: RequestLimits
    let vocabularies: VocabularyAdmission
    let catalog: ModelCatalog
    let metrics: ServiceMetrics
    /// Nil where no keys are needed.
    let keys: APIKeys?
    /// Whether logs may have tokens' text.
    let logsTokens: Bool
    let isDraining = Atomic(false)

    /// Ready once `catalog` is loaded.
    ///
    /// - Parameters:
    ///   - keys: that let requests in; without them anybody may ask.
    ///   - logsTokens: whether logs may have tokens' text: somebody's words, perhaps.
    public init(
        engine: GenerationEngine, catalog: ModelCatalog, limits: RequestLimits = RequestLimits(),
        metrics: ServiceMetrics = ServiceMetrics(), keys: APIKeys? = nil, logsTokens: Bool = false
    ) {
        self.engine = engine
        self.catalog = catalog
        self.limits = limits
        self.metrics = metrics
        self.keys = keys
        self.logsTokens = logsTokens
        vocabularies = VocabularyAdmission(maximum: limits.maximumVocabularies)
    }

    /// Readiness turns 503, so that load balancers look elsewhere; requests that still come are answered.
    public func drain() { isDraining.store(true, ordering: .relaxed) }

    public var router: Router {
        var router = healthRouter
        if let keys { router.addGate(under: Self.guardedPrefix) { request throws(Problem) in try keys.caller(of: request) } }
        router.get("/v1/models", guarded { [self] in listModels($1, for: $2) })
        router.get("/v1/models/{name}", guarded { [self] in describeModel($0, $1, for: $2) })
        router.post("/v1/token-embeddings", guarded { [self] in embedTokens($0, $1, for: $2) })
        router.post(Self.vocabularyPath, guarded { [self] in embedVocabulary($0, $1, for: $2) })
        router.post("/v1/decompositions", guarded { [self] in decompose($0, $1, for: $2) })
        addContract(to: &router)
        return router
    }

    /// What only administrators may ask for; to be served where nobody else can reach it.
    public var adminRouter: Router {
        var router = healthRouter
        router.post("/v1/models/{name}/reload") { [self] request, exchange in reloadModel(request, exchange) }
        return router
    }

    // MARK: Health

    private var healthRouter: Router {
        var router = Router()
        router.get("/livez") { _, exchange in exchange.respond(Self.alive) }
        router.get("/readyz") { [self] _, exchange in reportReadiness(exchange) }
        router.get("/health") { [self] _, exchange in reportReadiness(exchange) }
        return router
    }

    private func reportReadiness(_ exchange: HTTPExchange) {
        if isDraining.load(ordering: .relaxed) {
            exchange.respond(Self.unavailable("draining", "the service is shutting down"))
        } else if catalog.models == nil {
            exchange.respond(Self.loading)
        } else {
            exchange.respond(Self.ready)
        }
    }

    private static let alive = json { $0.status("alive") }
    private static let ready = json { $0.status("ready") }
    static let loading = unavailable("loading", "the models are being loaded")

    private static func unavailable(_ code: String, _ detail: String) -> Problem {
        Problem(status: .serviceUnavailable, code: code, title: "The service is not ready", detail: detail)
    }

    /// Answers that tell how things are now, which no cache may keep.
    static func json(_ write: (inout JSONWriter) -> Void) -> HTTPResponse {
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
