import CLinux
import Synchronization

/// An HTTP/1.1 server (RFC 9110, RFC 9112) on Dispatch.
public final class HTTPServer: Sendable {
    public struct Configuration: Sendable {
        public var limits = HTTPRequestLimits()
        public var timeouts = ConnectionTimeouts()
        /// Bytes of request bodies in memory at once; a body that would be more is answered with 503.
        public var bodyBytesInMemory = 1 << 30
        /// Connections over this are answered with 503 and closed.
        public var maximumConnections = 16_384
        /// The same for connections from one address; nil where clients come through a proxy and all have its address.
        public var maximumConnectionsPerAddress: Int?
        /// Which answers are compressed; nil for none.
        public var compression: CompressionPolicy? = CompressionPolicy()
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
    private let observers: [any HTTPServerObserver]
    private let nextLoop = Atomic(0)

    /// - Parameter observers: are told of every request.
    public init(
        configuration: Configuration = Configuration(), handler: any HTTPHandler, observers: [any HTTPServerObserver] = []
    ) {
        let admission = Admission(
            maximum: configuration.maximumConnections, maximumPerAddress: configuration.maximumConnectionsPerAddress)
        self.configuration = configuration
        let bodies = BodyBudget(bytes: configuration.bodyBytesInMemory)
        self.admission = admission
        self.observers = observers
        loops = (0..<max(configuration.loops, 1)).map {
            EventLoop(
                index: $0, configuration: configuration, admission: admission, bodies: bodies, handler: handler,
                observers: observers)
        }
        for loop in loops { loop.start() }
    }

    /// Listens on an address; the first that its host name stands for and that can be had.
    ///
    /// - Parameter credentials: what connections encrypt by; without them they are in the clear.
    /// - Returns: the address with the real port.
    public func listen(on address: SocketAddress, credentials: TLSCredentials? = nil) throws(ListenError) -> SocketAddress {
        listen(try Listener(address, credentials: credentials))
    }

    /// Listens on a descriptor that another process has opened and bound, as systemd does.
    ///
    /// - Returns: its address.
    public func listen(
        onDescriptor descriptor: Int32, credentials: TLSCredentials? = nil
    ) throws(ListenError) -> SocketAddress {
        listen(try Listener(descriptor: descriptor, credentials: credentials))
    }

    private func listen(_ listener: Listener) -> SocketAddress {
        loops[0].listen(listener) { [self] socket in
            let turn = nextLoop.wrappingAdd(1, ordering: .relaxed).oldValue
            loops[Int(UInt(bitPattern: turn) % UInt(loops.count))].adopt(socket)
        }
        return listener.address
    }

    /// What the server has done so far.
    public var statistics: HTTPServerStatistics {
        loops.reduce(into: HTTPServerStatistics()) { sum, loop in sum += loop.statistics.withLock { $0 } }
    }

    /// Stops listening, closes idle connections, and waits for requests that are under way; their answers close their
    /// connections. What is not finished within `drainTimeout` is cut off.
    ///
    /// - Parameter lameDuck: how long to go on taking connections and requests before that, so that load balancers can notice
    ///   that the service is no longer ready. Answers close their connections meanwhile.
    /// - Returns: whether every request was answered.
    public func shutdown(lameDuck: Duration = .zero) async -> Bool {
        admission.enter(.lameDuck)
        try? await Task.sleep(for: lameDuck)
        admission.enter(.draining)
        for loop in loops { await loop.drain() }
        defer { for observer in observers { observer.flush() } }
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
