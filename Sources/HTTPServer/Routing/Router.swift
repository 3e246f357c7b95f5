/// Finds the handler of a request by its method and path.
public struct Router: HTTPHandler {
    public typealias Handler = @Sendable (HTTPRequest, HTTPExchange) -> Void
    /// Lets a request in, or throws the answer to it; see `HTTPHandler.admit`.
    public typealias Gate = @Sendable (HTTPRequest) throws(Problem) -> (any HTTPAdmission)?

    private struct Route: Sendable {
        /// As it was added, such as `/v1/models/{name}`.
        var pattern: String
        var segments: [Segment]
        var handlers: [String: Handler] = [:]
    }

    private enum Segment: Sendable, Equatable {
        case literal(String)
        /// Any one segment, by name.
        case parameter(String)

        var isParameter: Bool {
            if case .parameter = self { true } else { false }
        }

        init(_ text: Substring) {
            self = text.hasPrefix("{") && text.hasSuffix("}") ? .parameter(String(text.dropFirst().dropLast())) : .literal(String(text))
        }
    }

    /// Routes without parameters, by their path.
    private var literalRoutes: [String: Route] = [:]
    /// The others, in the order they were added.
    private var patternRoutes: [Route] = []

    /// Which requests have to pass which gate.
    private var gates: [(prefix: String, gate: Gate)] = []

    public init() {}

    /// Asks `gate` about every request whose path begins with `prefix`, also where there is no route: who may not come in is not
    /// told what there is. A request passes the first gate that is on its way.
    public mutating func addGate(under prefix: String, _ gate: @escaping Gate) { gates.append((prefix, gate)) }

    /// Answers GET, and HEAD by leaving out the body (RFC 9110 section 9.3.2).
    public mutating func get(_ path: String, _ handler: @escaping Handler) { add("GET", path, handler) }

    public mutating func post(_ path: String, _ handler: @escaping Handler) { add("POST", path, handler) }

    private mutating func add(_ method: String, _ path: String, _ handler: @escaping Handler) {
        let segments = Self.segments(path).map(Segment.init)
        if !segments.contains(where: \.isParameter) {
            literalRoutes[path, default: Route(pattern: path, segments: segments)].handlers[method] = handler
        } else if let index = patternRoutes.firstIndex(where: { $0.segments == segments }) {
            patternRoutes[index].handlers[method] = handler
        } else {
            patternRoutes.append(Route(pattern: path, segments: segments, handlers: [method: handler]))
        }
    }

    /// The paths that there are, as they were added.
    public var patterns: [String] { literalRoutes.keys.sorted() + patternRoutes.map(\.pattern) }

    private static func segments(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false)
    }

    public func admit(_ request: HTTPRequest) throws(Problem) -> (any HTTPAdmission)? {
        try gates.first { request.path.hasPrefix($0.prefix) }?.gate(request)
    }

    public func route(of request: HTTPRequest) -> String? { route(for: request.path)?.route.pattern }

    public func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        if request.path == "*" { return exchange.respond(Self.options(allow: "GET, HEAD, POST, OPTIONS")) }
        guard let (route, parameters) = route(for: request.path) else {
            return exchange.respond(
                Problem(
                    status: .notFound, code: "not_found", title: "Not found", detail: "nothing is at \(request.path)"))
        }
        exchange.note(route: route.pattern)
        let method = request.method == "HEAD" ? "GET" : request.method
        if let handler = route.handlers[method] {
            if parameters.isEmpty { handler(request, exchange) } else { handler(request.with(parameters), exchange) }
        } else if request.method == "OPTIONS" {
            exchange.respond(Self.options(allow: Self.allow(route)))
        } else {
            exchange.respond(Self.methodNotAllowed(request.method, route))
        }
    }

    private func route(for path: String) -> (route: Route, parameters: [String: String])? {
        if let route = literalRoutes[path] { return (route, [:]) }
        let segments = Self.segments(path)
        for route in patternRoutes where route.segments.count == segments.count {
            var parameters: [String: String] = [:]
            let matches = zip(route.segments, segments).allSatisfy { pattern, segment in
                switch pattern {
                case .literal(let text): return segment == text
                case .parameter(let name):
                    parameters[name] = String(segment)
                    return !segment.isEmpty
                }
            }
            if matches { return (route, parameters) }
        }
        return nil
    }

    /// RFC 9110 section 9.3.7.
    private static func options(allow: String) -> HTTPResponse {
        var response = HTTPResponse(status: .noContent)
        response.fields.append(trusted: "Allow", allow)
        return response
    }

    /// RFC 9110 section 15.5.6: the answer names the methods that there are.
    private static func methodNotAllowed(_ method: String, _ route: Route) -> Problem {
        var problem = Problem(
            status: .methodNotAllowed, code: "method_not_allowed", title: "Method not allowed",
            detail: "\(method) is not possible here; \(allow(route)) are")
        problem.fields.append(trusted: "Allow", allow(route))
        return problem
    }

    private static func allow(_ route: Route) -> String {
        var methods = route.handlers.keys.sorted()
        if methods.contains("GET") { methods.append("HEAD") }
        return (methods + ["OPTIONS"]).joined(separator: ", ")
    }
}
