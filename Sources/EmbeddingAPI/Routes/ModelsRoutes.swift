import Generation
import HTTPServer
import JSON

extension EmbeddingService {
    /// `GET /v1/models`: all models, in the order of configuration.
    func listModels(_ exchange: HTTPExchange) {
        guard let models = catalog.models else { return exchange.respond(Self.loading) }
        exchange.respond(
            Self.json { writer in
                writer.object { body in
                    body.key("data")
                    body.array { list in for model in models { ModelDescription(model, limits).write(to: &list) } }
                }
            })
    }

    /// `GET /v1/models/{name}`: one model, with how the norms of its rows are spread.
    func describeModel(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        do throws(Problem) {
            let model = try model(named: Self.modelName(in: request), pointer: nil)
            exchange.respond(Self.json { ModelDescription(model, limits, withNorms: true).write(to: &$0) })
        } catch {
            exchange.respond(error)
        }
    }

    /// `POST /v1/models/{name}/reload`, for the administrator: the model is loaded anew and takes the old one's place.
    func reloadModel(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        catalog.reload(Self.modelName(in: request)) { result in
            switch result {
            case .success(let reload): exchange.respond(Self.json { reload.write(to: &$0) })
            case .failure(let error): exchange.respond(Problem(error))
            }
        }
    }

    /// What the path calls the model.
    private static func modelName(in request: HTTPRequest) -> String {
        let name = request.parameters["name"] ?? ""
        return name.removingPercentEncoding ?? name
    }

    /// - Parameter pointer: where the request names it; nil if its path does.
    func model(named name: String, pointer: String?) throws(Problem) -> ServedModel {
        guard let models = catalog.models else { throw Self.loading }
        if let model = models.first(where: { $0.settings.name == name }) { return model }
        throw .unknownModel("\(ModelReloadError.unknownModel(name, known: models.map(\.settings.name)))", pointer: pointer)
    }
}

extension ModelReload {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { body in
            body.member("name", name)
            body.member("old_digest", oldDigest)
            body.member("new_digest", newDigest)
            body.member("changed", isChanged)
            body.member("seconds", duration / .seconds(1))
        }
    }
}

extension Problem {
    fileprivate static func unknownModel(_ detail: String, pointer: String?) -> Problem {
        Problem(
            status: .notFound, code: "unknown_model", title: "Unknown model", detail: detail,
            errors: pointer.map { [($0, detail)] } ?? [])
    }

    fileprivate init(_ error: ModelReloadError) {
        switch error {
        case .unknownModel: self = .unknownModel("\(error)", pointer: nil)
        case .loading: self = EmbeddingService.loading
        case .underWay:
            self.init(
                status: .conflict, code: "reload_under_way", title: "The model is being loaded already", detail: "\(error)",
                retryAfter: 1)
        case .notLoadable:
            self.init(
                status: .unprocessableContent, code: "model_not_loadable", title: "The model cannot be loaded",
                detail: "\(error); the model that was served is served still")
        }
    }
}
