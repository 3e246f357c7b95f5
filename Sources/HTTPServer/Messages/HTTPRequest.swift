/// A request, read to its end.
public struct HTTPRequest: Sendable {
    /// The method, in the case it was sent: methods are case-sensitive (RFC 9110 section 9.1).
    public var method: String
    /// The path of the target, percent-decoded except for slashes and percent signs: `%2F` does not begin a segment, and `%25`
    /// stays apart from it. `*` for `OPTIONS *`.
    public var path: String
    /// What follows `?` in the target, as it was sent; nil without one.
    public var query: String?
    public var fields: HTTPFields
    /// Complete, and decompressed if it came compressed; the fields say how it came.
    public var body: [UInt8]
    /// What the body takes up of the server's memory.
    var allowance: BodyAllowance?
    /// What the router found in the place of each `{name}` of the route.
    public internal(set) var parameters: [String: String] = [:]

    func with(_ parameters: [String: String]) -> HTTPRequest {
        var request = self
        request.parameters = parameters
        return request
    }

    public init(method: String, path: String, query: String? = nil, fields: HTTPFields = HTTPFields(), body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
    }
}
