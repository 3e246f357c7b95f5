import HTTPServer

/// What a request has in its `Authorization` field (RFC 9110 section 11.6.2, RFC 6750 section 2.1).
enum BearerCredentials {
    /// The key that a request shows.
    ///
    /// - Throws: 401 if there is none, or none that could be a key; 400 for several fields. The challenge in it has an error code
    ///   only if the client has tried to use a key (RFC 6750 section 3.1).
    static func key(of request: HTTPRequest) throws(Problem) -> String {
        let values = request.fields.values("authorization")
        guard let value = values.first else { throw .keyRequired }
        guard values.count == 1 else { throw .severalCredentials }
        let scheme = value.prefix { $0 != " " }
        guard scheme.utf8.count == 6, scheme.lowercased() == "bearer" else { throw .keyRequired }
        let key = value[scheme.endIndex...].drop { $0 == " " }
        guard key.utf8.count <= APIKey.length.upperBound, APIKey.isToken(key.utf8) else { throw .invalidKey }
        return String(key)
    }
}

extension Problem {
    fileprivate static var keyRequired: Problem {
        var problem = Problem(
            status: .unauthorized, code: "key_required", title: "A key is needed", detail: "send it as Authorization: Bearer KEY")
        problem.challenge()
        return problem
    }

    /// Malformed or unknown, which is nobody's business.
    static var invalidKey: Problem {
        var problem = Problem(
            status: .unauthorized, code: "invalid_key", title: "The key is not valid",
            detail: "the key is not one that this service knows")
        problem.challenge(error: "invalid_token")
        return problem
    }

    fileprivate static var severalCredentials: Problem {
        var problem = Problem(
            status: .badRequest, code: "bad_authorization", title: "Malformed request",
            detail: "the request has several Authorization fields")
        problem.challenge(error: "invalid_request")
        return problem
    }

    /// Adds what RFC 6750 section 3 has a client told.
    mutating func challenge(error: StaticString? = nil) {
        fields.append(trusted: "WWW-Authenticate", "Bearer realm=\"hyperembed\"" + (error.map { ", error=\"\($0)\"" } ?? ""))
    }
}
