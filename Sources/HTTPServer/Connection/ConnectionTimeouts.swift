/// How long each phase of a connection may take.
public struct ConnectionTimeouts: Sendable {
    /// From the connection to the end of the TLS handshake.
    public var handshake = Duration.seconds(10)
    /// From the connection to the first request, when the server is about to stop. Until then such a client has as long as an idle one.
    public var firstRequest = Duration.seconds(2)
    /// Between an answer and the next request.
    public var idle = Duration.seconds(75)
    /// From the first byte of a request to the end of its header section.
    public var header = Duration.seconds(15)
    /// For a body: this long for its start, and then as long as it takes at `minimumBodyRate`.
    public var bodyGrace = Duration.seconds(15)
    /// Bytes per second that a body must come in at.
    public var minimumBodyRate = 1_000
    /// For taking an answer: this long for its start, and then as long as it takes at `minimumWriteRate`.
    public var writeGrace = Duration.seconds(30)
    /// Bytes per second that a client must take an answer at.
    public var minimumWriteRate = 500
    /// After an error, for the client to read the answer while what it still sends is thrown away.
    public var linger = Duration.seconds(2)

    public init() {}
}
