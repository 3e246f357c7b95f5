import Generation
import HTTPServer
import Tokenization

extension EmbeddingService {
    /// `POST /v1/decompositions`: what new tokens are made of, by any method, without their rows.
    func decompose(_ request: HTTPRequest, _ exchange: HTTPExchange, for caller: Caller) {
        onWorker(request, exchange) { service, worker throws(Problem) in
            try MediaType.checkBody(of: request)
            _ = try MediaType.negotiate(request, offered: [.json])
            let deadline = try Self.deadline(request, exchange)
            let body = try TokenEmbeddingsRequest(body: request.body, limits: service.limits)
            let model = try service.model(for: body, from: caller)
            try caller.charge(tokens: body.tokens.count)
            let tokens = try PreparedTokens(
                body, model: model, limits: service.limits, tellsMixtures: true, pause: worker.pause
            ) { GenerationError(at: .now, deadline: deadline, isCancelled: exchange.isCancelled) }
            service.note(body, tokens, of: exchange)
            var response = HTTPResponse(.json, of: tokens.model)
            let start = ContinuousClock.now
            response.body = DecompositionsResponse(body, tokens).encoded(pause: worker.pause)
            service.metrics.phases.record(.now - start, .encode, of: .decompositions)
            service.metrics.phases.record(exchange.age, .total, of: .decompositions)
            exchange.respond(response)
        }
    }
}
