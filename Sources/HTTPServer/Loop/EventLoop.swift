import Dispatch
import Foundation
import Logging
import Synchronization

/// A serial queue on which a share of the connections lives.
///
/// libdispatch sees one descriptor of each loop: the epoll descriptor behind which the loop's sockets stand. Its source is
/// never cancelled and its descriptor never hangs up; a source for every connection would race libdispatch's own epoll with each
/// hang-up, and dies under churn (swift-corelibs-libdispatch #949, #833, #476).
final class EventLoop: @unchecked Sendable {
    // Everything but `answers` is touched on `queue` alone.
    private let queue: DispatchQueue
    private var epoll = Epoll()
    private let source: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private var wheel = TimerWheel(start: .now)
    private var connections: [UInt64: Connection] = [:]
    private var listeners: [UInt64: (listener: Listener, adopt: @Sendable (Int32) -> Void)] = [:]
    private var lastID: UInt64 = 0
    private var dateCache = DateCache()
    /// Shared by all connections of the loop: one reads at a time, and takes what it has read before the next one does.
    let readBuffer: UnsafeMutableRawBufferPointer
    let handler: any HTTPHandler
    let logger: Logger
    private let configuration: HTTPServer.Configuration
    private let admission: Admission
    private let answers = Mutex<[(id: UInt64, response: HTTPResponse)]>([])

    private static let readBufferSize = 64 << 10

    init(
        index: Int, configuration: HTTPServer.Configuration, admission: Admission, handler: any HTTPHandler,
        logger: Logger
    ) {
        queue = DispatchQueue(label: "hyperembed.http.\(index)", qos: .userInteractive)
        source = DispatchSource.makeReadSource(fileDescriptor: epoll.descriptor, queue: queue)
        timer = DispatchSource.makeTimerSource(queue: queue)
        readBuffer = .allocate(byteCount: Self.readBufferSize, alignment: 64)
        self.configuration = configuration
        self.admission = admission
        self.handler = handler
        self.logger = logger
    }

    /// Starts to listen to events. The loop lives as long as the process: its sources hold it.
    func start() {
        source.setEventHandler { [self] in pollEvents() }
        timer.setEventHandler { [self] in tick() }
        timer.schedule(deadline: .now() + .milliseconds(100), repeating: .milliseconds(100), leeway: .milliseconds(20))
        source.activate()
        timer.activate()
    }

    // MARK: Events

    private func pollEvents() {
        while epoll.poll({ event in
            if let connection = connections[event.id] {
                connection.handle(event)
            } else if let (listener, adopt) = listeners[event.id] {
                Self.acceptAll(listener, adopt)
            }
        }) {}
    }

    private func tick() {
        for (id, tick) in wheel.advance(to: .now) { connections[id]?.remind(tick: tick) }
        // Connections that could not be taken for want of a descriptor are announced no second time.
        for (listener, adopt) in listeners.values { Self.acceptAll(listener, adopt) }
    }

    private static func acceptAll(_ listener: Listener, _ adopt: (Int32) -> Void) {
        while let descriptor = listener.accept() { adopt(descriptor) }
    }

    // MARK: Connections

    /// Takes connections of `listener` and gives each to `adopt`.
    func listen(_ listener: Listener, adopt: @escaping @Sendable (Int32) -> Void) {
        queue.async { [self] in
            let id = nextID()
            listeners[id] = (listener, adopt)
            _ = epoll.watch(listener.descriptor, id: id)
            Self.acceptAll(listener, adopt)
        }
    }

    /// Gives a connected descriptor a home on this loop.
    func adopt(_ descriptor: Int32) {
        let isWithinLimit = admission.add()
        queue.async { [self] in
            let state = ConnectionState(
                limits: configuration.limits, timeouts: configuration.timeouts,
                encoder: ResponseEncoder(serverName: configuration.serverName), now: .now)
            let connection = Connection(id: nextID(), descriptor: descriptor, state: state, loop: self)
            connections[connection.id] = connection
            guard epoll.watch(descriptor, id: connection.id) else { return remove(connection) }
            if !isWithinLimit {
                connection.refuse(
                    Problem(
                        status: .serviceUnavailable, code: "too_many_connections", title: "Too many connections",
                        detail: "the server holds \(configuration.maximumConnections) connections and takes no more",
                        retryAfter: 1))
            } else if admission.isDraining {
                connection.drain()
            }
        }
    }

    /// Forgets a connection, which closes its socket.
    func remove(_ connection: Connection) {
        if connections.removeValue(forKey: connection.id) != nil { admission.remove() }
    }

    /// Lets a connection go on after the others have had their turn.
    func revisit(_ connection: Connection) {
        let id = connection.id
        queue.async { [self] in connections[id]?.handle(.nothing) }
    }

    /// Closes the listeners once every connection that waits in them is taken, and idle connections; the others close when
    /// they have been answered.
    func drain() async {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                for (listener, adopt) in listeners.values { Self.acceptAll(listener, adopt) }
                listeners = [:]
                for connection in Array(connections.values) { connection.drain() }
                continuation.resume()
            }
        }
    }

    /// Closes whatever is still open.
    func closeAll() {
        queue.async { [self] in
            for connection in Array(connections.values) { remove(connection) }
        }
    }

    private func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    // MARK: Answers

    /// How an answer from any thread reaches a connection. Answers that come while the loop is busy share one turn of it.
    func delivery(to id: UInt64) -> @Sendable (HTTPResponse) -> Void {
        { [self] response in
            let isFirst = answers.withLock { answers in
                answers.append((id, response))
                return answers.count == 1
            }
            if isFirst { queue.async { [self] in deliverAnswers() } }
        }
    }

    private func deliverAnswers() {
        let delivered = answers.withLock { answers in
            defer { answers = [] }
            return answers
        }
        for (id, response) in delivered { connections[id]?.answer(response) }
    }

    // MARK: Time

    /// Whether answers are to close their connections.
    var isDraining: Bool { admission.isDraining }

    func date() -> String { dateCache.now() }

    func tick(of deadline: ContinuousClock.Instant) -> Int { wheel.tick(of: deadline) }

    func addReminder(for connection: Connection, deadline: ContinuousClock.Instant) -> Int {
        wheel.add(connection.id, deadline: deadline)
    }
}
