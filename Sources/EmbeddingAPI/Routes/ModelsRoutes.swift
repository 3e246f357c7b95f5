import Generation
import HTTPServer
import JSON

extension EmbeddingService {
    /// `GET /v1/models`: all models that the caller may use, in the order of configuration.
    func listModels(_ exchange: HTTPExchange, for caller: Caller) {
        guard let models = catalog.models else { return exchange.respond(Self.loading) }
        exchange.respond(
            Self.json { writer in
                writer.object { body in
                    body.key("data")
                    body.array { list in
                        for model in models where caller.mayUse(model: model.settings.name) {
                            ModelDescription(model, limits).write(to: &list)
                        }
                    }
                }
            })
    }

    /// `GET /v1/models/{name}`: one model, with how the norms of its rows are spread.
    func describeModel(_ request: HTTPRequest, _ exchange: HTTPExchange, for caller: Caller) {
        do throws(Problem) {
            let model = try model(named: Self.modelName(in: request), pointer: nil, for: caller)
            exchange.respond(Self.json { ModelDescription(model, limits, withNorms: true).write(to: &$0) })
        } catch {
            exchange.respond(error)
        }
    }

    /// `POST /v1/models/{name}/reload`, for the administrator: the model is loaded anew and takes the old one's place.
    func reloadModel(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        // Browsers name the page that sends a POST, without asking for leave first; any page that an administrator looks at
        // could reach what listens on the loopback interface.
        guard request.fields["Origin"] == nil else { return exchange.respond(.notForBrowsers) }
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
    /// - Throws: 404 for a model that is not there, 403 for one that the caller may not use.
    func model(named name: String, pointer: String?, for caller: Caller) throws(Problem) -> ServedModel {
        guard let models = catalog.models else { throw Self.loading }
        guard let model = models.first(where: { $0.settings.name == name }) else {
            let known = models.map(\.settings.name).filter(caller.mayUse)
            throw .unknownModel("\(ModelReloadError.unknownModel(name, known: known))", pointer: pointer)
        }
        try caller.check(model: name, pointer: pointer)
        return model
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
    fileprivate static let notForBrowsers = Problem(
        status: .forbidden, code: "not_for_browsers", title: "Not for browsers",
        detail: "the request comes from a page in a browser, as its Origin tells")

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
