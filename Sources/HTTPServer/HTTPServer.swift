import Foundation
import Logging
import Synchronization

/// An HTTP/1.1 server (RFC 9110, RFC 9112) on Dispatch.
public final class HTTPServer: Sendable {
    public struct Configuration: Sendable {
        public var limits = HTTPRequestLimits()
        public var timeouts = ConnectionTimeouts()
        /// Connections over this are answered with 503 and closed.
        public var maximumConnections = 16_384
        /// Event loops, each with its share of the connections.
        public var loops = min(ProcessInfo.processInfo.activeProcessorCount, 4)
        /// How long `shutdown` waits for requests that are under way.
        public var drainTimeout = Duration.seconds(30)
        /// The `Server` field of every answer.
        public var serverName = "hyperembed"

        public init() {}
    }

    private enum Lifecycle {
        case running
        case draining
    }

    private let configuration: Configuration
    private let loops: [EventLoop]
    private let connectionCount: ConnectionCount
    private let nextLoop = Atomic(0)
    private let lifecycle = Mutex(Lifecycle.running)

    public init(configuration: Configuration = Configuration(), logger: Logger, handler: any HTTPHandler) {
        let connectionCount = ConnectionCount(maximum: configuration.maximumConnections)
        self.configuration = configuration
        self.connectionCount = connectionCount
        loops = (0..<max(configuration.loops, 1)).map {
            EventLoop(
                index: $0, configuration: configuration, connectionCount: connectionCount, handler: handler, logger: logger)
        }
        for loop in loops { loop.start() }
    }

    /// Listens on the first address that `host` stands for.
    ///
    /// - Parameter port: 0 for any free one.
    /// - Returns: the address with the real port.
    public func listen(host: String, port: Int) throws(ListenError) -> SocketAddress {
        let listener = try Listener(host: host, port: port)
        loops[0].listen(listener) { [self] descriptor in
            let turn = nextLoop.wrappingAdd(1, ordering: .relaxed).oldValue
            loops[Int(UInt(bitPattern: turn) % UInt(loops.count))].adopt(descriptor)
        }
        return listener.address
    }

    /// Stops listening, closes idle connections, and waits for requests that are under way; their answers close their
    /// connections. What is not finished within `drainTimeout` is cut off.
    ///
    /// - Returns: whether every request was answered.
    public func shutdown() async -> Bool {
        let isFirst = lifecycle.withLock { state in
            defer { state = .draining }
            return if case .running = state { true } else { false }
        }
        if isFirst { for loop in loops { loop.drain() } }
        let deadline = ContinuousClock.now + configuration.drainTimeout
        repeat {
            // Connections on their way between two loops are counted only once they have arrived.
            try? await Task.sleep(for: .milliseconds(20))
            if connectionCount.value == 0 { return true }
        } while ContinuousClock.now < deadline
        for loop in loops { loop.closeAll() }
        return false
    }
}
