/// How long each phase of a connection may take.
public struct ConnectionTimeouts: Sendable {
    /// Between an answer and the next request.
    public var idle = Duration.seconds(75)
    /// From the first byte of a request to the end of its header section.
    public var header = Duration.seconds(15)
    /// For a body: this long for its start, and then as long as it takes at `minimumBodyRate`.
    public var bodyGrace = Duration.seconds(15)
    /// Bytes per second that a body must come in at.
    public var minimumBodyRate = 1_000
    /// Without the client taking a single byte of an answer.
    public var write = Duration.seconds(30)
    /// After an error, for the client to read the answer while what it still sends is thrown away.
    public var linger = Duration.seconds(2)

    public init() {}
}
