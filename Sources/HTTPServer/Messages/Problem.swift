import JSON

/// What went wrong, for people and programs: problem details (RFC 9457), with a `code` that programs can compare.
public struct Problem: Error, Sendable, CustomStringConvertible {
    public var status: HTTPStatus
    /// A short name that never changes, such as `unknown_model`.
    public var code: String
    /// The same for every problem of this code.
    public var title: String
    /// What is wrong this time.
    public var detail: String
    /// Which parts of the body are wrong, by JSON pointer (RFC 6901).
    public var errors: [(pointer: String, detail: String)]
    /// Seconds after which it is worth trying again.
    public var retryAfter: Int?
    /// Further header fields of the answer.
    public var fields = HTTPFields()

    public init(
        status: HTTPStatus, code: String, title: String, detail: String,
        errors: [(pointer: String, detail: String)] = [], retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
        self.retryAfter = retryAfter
    }

    /// For people who get no answer but a line: what is wrong, and where.
    public var description: String {
        let culprits = errors.map { "\($0.pointer): \($0.detail)" }
        return "\(title): \(culprits.isEmpty ? detail : culprits.joined(separator: "; "))"
    }

    /// The problem as an answer, `application/problem+json`; `instance` names this occurrence.
    public func response(instance: String? = nil) -> HTTPResponse {
        var writer = JSONWriter()
        writer.object { body in
            body.member("type", "urn:problem-type:\(code)")
            body.member("title", title)
            body.member("status", status.code)
            body.member("code", code)
            body.member("detail", Self.excerpt(detail))
            if let instance {
                body.member("instance", instance)
            }
            if !errors.isEmpty {
                body.key("errors")
                body.array { list in
                    for error in errors {
                        list.object {
                            $0.member("pointer", Self.excerpt(error.pointer))
                            $0.member("detail", Self.excerpt(error.detail))
                        }
                    }
                }
            }
        }
        var response = HTTPResponse(status: status, fields: fields, body: writer.bytes)
        response.problemCode = code
        response.fields.append(trusted: "Content-Type", "application/problem+json")
        response.forbidStoring()
        if let retryAfter { response.fields.append(trusted: "Retry-After", String(retryAfter)) }
        return response
    }

    /// Messages repeat what a client has sent, but not megabytes of it.
    private static func excerpt(_ text: String) -> String {
        text.utf8.count <= longestText ? text : String(text.unicodeScalars.prefix(longestText)) + "…"
    }

    private static let longestText = 2_000
}
