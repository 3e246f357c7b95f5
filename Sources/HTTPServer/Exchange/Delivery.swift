/// What the application sends to a connection.
enum Delivery: Sendable {
    case response(HTTPResponse)
    case streamHead(HTTPResponse, length: Int?, BodyWindow)
    case streamPart([UInt8])
    case streamEnd
    /// The body will not be completed.
    case streamAbort
}
