import HTTPServer

/// What answers are written in, as far as a route offers it.
enum MediaType: String, CaseIterable {
    case json = "application/json"
    /// The binary file that libraries of that name load.
    case safetensors = "application/vnd.safetensors"
    /// A JSON value in each line.
    case ndjson = "application/x-ndjson"
    /// A picture.
    case svg = "image/svg+xml"

    /// - Throws: 415 when the body is said to be something other than JSON.
    static func checkBody(of request: HTTPRequest) throws(Problem) {
        guard let contentType = request.fields["content-type"], essence(contentType) != json.rawValue else { return }
        throw Problem(
            status: .unsupportedMediaType, code: "unsupported_media_type", title: "Unsupported media type",
            detail: "the body must be \(json.rawValue), not \(contentType)")
    }

    /// The type that a client likes best of those that are offered, the first of them without a preference (RFC 9110 section 12.5.1).
    ///
    /// - Throws: 406 when it takes none of them.
    static func negotiate(_ request: HTTPRequest, offered: [MediaType]) throws(Problem) -> MediaType {
        guard let accept = request.fields["accept"] else { return offered[0] }
        let ranges = accept.split(separator: ",").compactMap(Range.init)
        var best: (type: MediaType, weight: Double)?
        for type in offered {
            let weight = type.weight(in: ranges)
            if weight > best?.weight ?? 0 { best = (type, weight) }
        }
        guard let best else {
            throw Problem(
                status: .notAcceptable, code: "not_acceptable", title: "Not acceptable",
                detail: "answers are \(offered.map(\.rawValue).joined(separator: " or ")); the request accepts \(accept)")
        }
        return best.type
    }

    /// An element of `Accept`.
    private struct Range {
        var essence: String
        /// Zero means "not acceptable".
        var weight: Double

        /// Nil for one that is empty.
        init?(_ text: Substring) {
            essence = MediaType.essence(text)
            guard !essence.isEmpty else { return nil }
            let parameters = text.lowercased().split(separator: ";").dropFirst().map { $0.filter { $0 != " " && $0 != "\t" } }
            weight = parameters.first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
        }
    }

    /// The weight that the most specific of the ranges gives this type.
    private func weight(in ranges: [Range]) -> Double {
        for essence in [rawValue, rawValue.prefix { $0 != "/" } + "/*", "*/*"] {
            if let range = ranges.first(where: { $0.essence == essence }) { return range.weight }
        }
        return 0
    }

    /// The type without parameters, in lower case.
    private static func essence(_ value: some StringProtocol) -> String {
        value.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
    }
}
