import HTTPServer

/// The one format that bodies are read and written in.
enum MediaType {
    case json

    private static let name = "application/json"
    private static let ranges = [name, "application/*", "*/*"]

    /// - Throws: 415 when the body is said to be something else, 406 when the client takes nothing that is offered.
    func check(_ request: HTTPRequest) throws(Problem) {
        if let contentType = request.fields["content-type"], Self.essence(contentType) != Self.name {
            throw Problem(
                status: .unsupportedMediaType, code: "unsupported_media_type", title: "Unsupported media type",
                detail: "the body must be \(Self.name), not \(contentType)")
        }
        if let accept = request.fields["accept"], !accept.split(separator: ",").contains(where: Self.isAcceptable) {
            throw Problem(
                status: .notAcceptable, code: "not_acceptable", title: "Not acceptable",
                detail: "answers are \(Self.name); the request accepts \(accept)")
        }
    }

    /// RFC 9110 section 12.4.2: a weight of zero means "not acceptable".
    private static func isAcceptable(_ range: Substring) -> Bool {
        let parameters = range.lowercased().split(separator: ";").dropFirst().map { $0.filter { $0 != " " } }
        let isRefused = parameters.contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
        return !isRefused && ranges.contains(essence(range))
    }

    /// The type without parameters, in lower case.
    private static func essence(_ value: some StringProtocol) -> String {
        value.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
    }
}
