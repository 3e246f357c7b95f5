import Generation
import HTTPServer
import Hypernetworks
import Synchronization

extension EmbeddingService {
    /// `POST /v1/token-embeddings`: new tokens become rows, in the format that the client accepts.
    func embedTokens(_ request: HTTPRequest, _ exchange: HTTPExchange, for caller: Caller) {
        onWorker(request, exchange) { service, worker throws(Problem) in
            try MediaType.checkBody(of: request)
            let format = try MediaType.negotiate(request, offered: [.json, .safetensors, .ndjson, .svg])
            let deadline = try Self.deadline(request, exchange)
            let body = try TokenEmbeddingsRequest(body: request.body, limits: service.limits)
                .checked(for: format, service.limits)
            let model = try service.model(for: body, from: caller)
            try caller.charge(tokens: body.rowCount)
            let tokens = try PreparedTokens(body, model: model, limits: service.limits, pause: worker.pause) {
                GenerationError(at: .now, deadline: deadline, isCancelled: exchange.isCancelled)
            }
            service.note(body, tokens, of: exchange)
            do throws(GenerationError) {
                if format == .ndjson {
                    let lines = try TokenLines(service.engine, body, tokens, deadline: deadline) { exchange.isCancelled }
                    StreamedBody(lines, on: service.engine) { encoding in
                        service.count(lines.answered, by: body.rows.choice.method, model: tokens.model)
                        service.count(lines.durations, encoding: encoding, total: exchange.age, of: .tokenEmbeddings)
                    }.begin(exchange, head: HTTPResponse(format, of: tokens.model))
                } else {
                    try service.engine.generate(
                        tokens.order, with: tokens.model, priority: body.priority, deadline: deadline,
                        isCancelled: { exchange.isCancelled }
                    ) { result, worker in service.answer(exchange, body, tokens, format, result, on: worker) }
                }
            } catch {
                throw Problem(error)
            }
        }
    }

    /// The model that a request names.
    ///
    /// - Throws: a problem, also when the model may not do what the request asks of it, or not for this caller.
    func model(for request: TokenEmbeddingsRequest, from caller: Caller) throws(Problem) -> EmbeddingModel {
        let served = try model(named: request.model, pointer: "/model", for: caller)
        try served.check(request.rows.choice.method, pointer: "/method")
        for (index, method) in request.comparisons.enumerated() { try served.check(method, pointer: "/compare/\(index)") }
        let count = request.tokens.count * (1 + request.comparisons.count)
        try served.check(count: count, "rows", pointer: "/tokens", limits: limits)
        return served.model
    }

    private func answer(
        _ exchange: HTTPExchange, _ request: TokenEmbeddingsRequest, _ tokens: PreparedTokens, _ format: MediaType,
        _ result: Result<GeneratedTokens, GenerationError>, on worker: Worker
    ) {
        do throws(Problem) {
            let generated = try result.mapError { Problem($0.amongTokens(tokens.items.indices)) }.get()
            let start = ContinuousClock.now
            var response = HTTPResponse(format, of: tokens.model)
            response.body = try Self.body(in: format, request, tokens, generated, on: worker)
            if format == .svg { response.forbidActivity() }
            let total = exchange.age
            response.addServerTiming([("queue", generated.queued), ("inference", generated.computed), ("total", total)])
            count(tokens.items[...], by: request.rows.choice.method, model: tokens.model)
            count((generated.queued, generated.computed), encoding: .now - start, total: total, of: .tokenEmbeddings)
            exchange.respond(response)
        } catch {
            exchange.respond(error)
        }
    }

    private static func body(
        in format: MediaType, _ request: TokenEmbeddingsRequest, _ tokens: PreparedTokens, _ generated: GeneratedTokens,
        on worker: Worker
    ) throws(Problem) -> [UInt8] {
        if format == .svg {
            return try EmbeddingMap(request, tokens: tokens, rows: generated.rows, pause: worker.pause).svg(pause: worker.pause)
        }
        let answer = try TokenEmbeddingsResponse(request, tokens: tokens, rows: generated.rows, pause: worker.pause)
        return format == .json ? try answer.json(cached: generated.cached, pause: worker.pause) : try answer.safetensors()
    }
}

extension TokenEmbeddingsRequest {
    /// What of the request its format can show: a picture has the rows themselves, and nothing beside them.
    ///
    /// - Throws: 413 for too many tokens of a picture; 422.
    fileprivate func checked(for format: MediaType, _ limits: RequestLimits) throws(Problem) -> TokenEmbeddingsRequest {
        guard format == .svg else {
            try checkNumbers(fit: format)
            return self
        }
        let limit = limits.maximumMappedTokens
        guard tokens.count <= limit else {
            throw limits.tooManyTokens(tokens.count, limit: limit, "tokens as a picture", pointer: "/tokens")
        }
        var request = self
        request.comparisons = []
        request.wantsDiagnostics = false
        return request
    }

    /// JSON's numbers are float32's digits: shorter formats are for answers of bytes.
    ///
    /// - Throws: 422.
    private func checkNumbers(fit format: MediaType) throws(Problem) {
        guard rows.format != .float32, encoding == .float, format != .safetensors else { return }
        var issues = FieldIssues()
        issues.add(pointer: "/dtype", "\(rows.format.rawValue) needs encoding base64, or Accept: \(MediaType.safetensors.rawValue)")
        try issues.throwIfAny()
    }
}

extension GenerationError {
    /// The same, told of one of the tokens in `range` in place of a row: theirs come first, then those that they are compared with.
    fileprivate func amongTokens(_ range: Range<Int>) -> GenerationError {
        switch self {
        case .unmixable(let row, let error): .unmixable(row: range.lowerBound + row % range.count, error)
        case .notFinite(let row): .notFinite(row: range.lowerBound + row % range.count)
        case .overflow(let row): .overflow(row: range.lowerBound + row % range.count)
        case .queueFull, .cancelled, .deadlineExceeded, .method: self
        }
    }
}

extension HTTPResponse {
    /// The head of an answer with rows.
    init(_ format: MediaType, of model: EmbeddingModel) {
        self.init()
        fields.append(trusted: "Content-Type", format.rawValue)
        fields.append(trusted: "Model-Digest", model.digest)
    }
}

extension HTTPResponse {
    /// A picture may be opened as a page of its own, which has this service's origin: it may look like something, and do
    /// nothing (Content Security Policy Level 3).
    fileprivate mutating func forbidActivity() {
        fields.append(trusted: "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        fields.append(trusted: "X-Content-Type-Options", "nosniff")
    }
}

/// The lines of an NDJSON answer, some tokens' at a time.
private final class TokenLines: BodySource {
    private let request: TokenEmbeddingsRequest
    private let tokens: PreparedTokens
    private let rows: RowStream
    /// The one whose lines come next.
    private let slice = Atomic(0)

    /// Tokens whose lines are written together: a batch or two of the engine's.
    private static let tokensPerSlice = 128

    init(
        _ engine: GenerationEngine, _ request: TokenEmbeddingsRequest, _ tokens: PreparedTokens,
        deadline: ContinuousClock.Instant?, isCancelled: @escaping @Sendable () -> Bool
    ) throws(GenerationError) {
        self.request = request
        self.tokens = tokens
        rows = try RowStream(
            engine, model: tokens.model, count: (tokens.items.count + Self.tokensPerSlice - 1) / Self.tokensPerSlice,
            priority: request.priority, deadline: deadline, isCancelled: isCancelled
        ) { tokens.order(Self.range(of: $0, tokens)) }
    }

    private static func range(of slice: Int, _ tokens: PreparedTokens) -> Range<Int> {
        slice * tokensPerSlice..<min((slice + 1) * tokensPerSlice, tokens.items.count)
    }

    func nextPart(on worker: Worker) -> BodyPart {
        switch rows.next() {
        case .end: return .end
        case .notYet: return .notYet
        case .failed(let error): return .failed(Problem(error.amongTokens(Self.range(of: slice.load(ordering: .relaxed), tokens))))
        case .rows(let rows):
            do throws(Problem) {
                let range = Self.range(of: slice.load(ordering: .relaxed), tokens)
                let answer = try TokenEmbeddingsResponse(request, tokens: tokens, range: range, rows: rows, pause: worker.pause)
                let lines = try answer.lines(pause: worker.pause)
                slice.add(1, ordering: .relaxed)
                return .bytes(lines)
            } catch {
                return .failed(error)
            }
        }
    }

    func whenReady(_ resume: @escaping @Sendable (Worker) -> Void) { rows.whenReady(resume) }

    /// Those whose lines have been written.
    var answered: ArraySlice<PreparedTokens.Item> { tokens.items.prefix(slice.load(ordering: .relaxed) * Self.tokensPerSlice) }

    var durations: (queued: Duration, computed: Duration) { rows.durations }

    /// A line with what went wrong: the answer's status has long been sent.
    func lastWords(_ problem: Problem) -> [UInt8] { problem.response().body + [UInt8(ascii: "\n")] }
}
