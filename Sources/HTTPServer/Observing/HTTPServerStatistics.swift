/// What a server has done since it began, and what it has open.
public struct HTTPServerStatistics: Sendable, Equatable {
    public internal(set) var openConnections = 0
    /// Connections that were taken, those refused for being too many among them.
    public internal(set) var acceptedConnections = 0
    public internal(set) var refusedConnections = 0
    public internal(set) var completedHandshakes = 0
    /// TLS handshakes that came to nothing.
    public internal(set) var failedHandshakes = 0
    /// Answers by the class of their status, the first digit; refusals of what was no request among them.
    public internal(set) var answersByClass: [Int: Int] = [:]
    /// Bytes on the wire.
    public internal(set) var receivedBytes = 0
    public internal(set) var sentBytes = 0

    static func += (sum: inout HTTPServerStatistics, part: HTTPServerStatistics) {
        sum.openConnections += part.openConnections
        sum.acceptedConnections += part.acceptedConnections
        sum.refusedConnections += part.refusedConnections
        sum.completedHandshakes += part.completedHandshakes
        sum.failedHandshakes += part.failedHandshakes
        sum.answersByClass.merge(part.answersByClass, uniquingKeysWith: +)
        sum.receivedBytes += part.receivedBytes
        sum.sentBytes += part.sentBytes
    }
}
