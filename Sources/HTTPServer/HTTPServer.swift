import CLinux
import Logging
import Synchronization

/// An HTTP/1.1 server (RFC 9110, RFC 9112) on Dispatch.
public final class HTTPServer: Sendable {
    public struct Configuration: Sendable {
        public var limits = HTTPRequestLimits()
        public var timeouts = ConnectionTimeouts()
        /// Connections over this are answered with 503 and closed.
        public var maximumConnections = 16_384
        /// The same for connections from one address; nil where clients come through a proxy and all have its address.
        public var maximumConnectionsPerAddress: Int?
        /// Bytes of a streamed body that may wait for its client.
        public var streamWindow = 256 << 10
        /// Event loops, each with its share of the connections. More than the processors that this process may run on would only
        /// take turns.
        public var loops = min(Int(clinux_processors()), 4)
        /// How long `shutdown` waits for requests that are under way.
        public var drainTimeout = Duration.seconds(30)
        /// The `Server` field of every answer.
        public var serverName = "hyperembed"

        public init() {}
    }

    private let configuration: Configuration
    private let loops: [EventLoop]
    private let admission: Admission
    private let nextLoop = Atomic(0)

    public init(configuration: Configuration = Configuration(), logger: Logger, handler: any HTTPHandler) {
        let admission = Admission(
            maximum: configuration.maximumConnections, maximumPerAddress: configuration.maximumConnectionsPerAddress)
        self.configuration = configuration
        self.admission = admission
        loops = (0..<max(configuration.loops, 1)).map {
            EventLoop(
                index: $0, configuration: configuration, admission: admission, handler: handler, logger: logger)
        }
        for loop in loops { loop.start() }
    }

    /// Listens on the first address that `host` stands for.
    ///
    /// - Parameter port: 0 for any free one.
    /// - Returns: the address with the real port.
    public func listen(host: String, port: Int) throws(ListenError) -> SocketAddress {
        let listener = try Listener(host: host, port: port)
        loops[0].listen(listener) { [self] socket in
            let turn = nextLoop.wrappingAdd(1, ordering: .relaxed).oldValue
            loops[Int(UInt(bitPattern: turn) % UInt(loops.count))].adopt(socket)
        }
        return listener.address
    }

    /// Stops listening, closes idle connections, and waits for requests that are under way; their answers close their
    /// connections. What is not finished within `drainTimeout` is cut off.
    ///
    /// - Returns: whether every request was answered.
    public func shutdown() async -> Bool {
        if admission.beginDraining() { for loop in loops { await loop.drain() } }
        let deadline = ContinuousClock.now + configuration.drainTimeout
        while admission.connections > 0 {
            guard ContinuousClock.now < deadline else {
                for loop in loops { loop.closeAll() }
                return false
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return true
    }
}
