/// How much of a request is read before it is refused.
public struct HTTPRequestLimits: Sendable {
    /// Bytes of the request line; longer is 414.
    public var requestLineBytes = 8 << 10
    /// Bytes of all header fields, and again of all trailer fields; longer is 431.
    public var fieldBytes = 32 << 10
    /// Header fields; more is 431.
    public var fieldCount = 100
    /// Bytes of a body; longer is 413.
    public var bodyBytes = 16 << 20
    /// The same by path, for paths that differ.
    public var bodyBytesByPath: [String: Int] = [:]
    /// Bytes of the line before a chunk: its size and extensions.
    public var chunkLineBytes = 1 << 10

    public init() {}
}
