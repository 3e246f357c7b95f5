/// An answer. Its length, date, connection and request id are the server's business.
public struct HTTPResponse: Sendable {
    public var status: HTTPStatus
    public var fields: HTTPFields
    public var body: [UInt8]

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
}
