/// An answer. Its length, date, connection and request id are the server's business.
public struct HTTPResponse: Sendable {
    public var status: HTTPStatus
    public var fields: HTTPFields
    public var body: [UInt8]
    /// How the body is coded, where that depends on what the client accepts; nil where it does not.
    var negotiatedCoding: ContentCoding?
    /// Of the problem that the answer tells of, for logs.
    var problemCode: String?

    public init(status: HTTPStatus = .ok, fields: HTTPFields = HTTPFields(), body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// 200 with a JSON body.
    public init(json: [UInt8]) {
        self.init(body: json)
        fields.append(trusted: "Content-Type", "application/json")
    }

    /// No cache keeps this answer (RFC 9111 section 5.2.2.5).
    public mutating func forbidStoring() { fields.append(trusted: "Cache-Control", "no-store") }

    /// How long the parts of the work have taken (W3C Server Timing).
    ///
    /// - Parameter parts: names, which must be tokens, and durations.
    public mutating func addServerTiming(_ parts: [(name: StaticString, duration: Duration)]) {
        let metrics = parts.map { name, duration in
            let milliseconds = Double(duration.nanoseconds / 1_000) / 1_000
            return "\(name);dur=\(milliseconds)"
        }
        fields.append(trusted: "Server-Timing", metrics.joined(separator: ", "))
    }
}
