import Dispatch
import Foundation
import Synchronization

/// A serial queue on which a share of the connections lives.
///
/// libdispatch sees one descriptor of each loop: the epoll descriptor behind which the loop's sockets stand. Its source is
/// never cancelled and its descriptor never hangs up; a source for every connection would race libdispatch's own epoll with each
/// hang-up, and dies under churn (swift-corelibs-libdispatch #949, #833, #476).
///
/// A loop that is called stays attentive for a moment after the last event: on a busy server the way through Dispatch, two
/// thread switches, is taken once and not for every batch of events.
final class EventLoop: @unchecked Sendable {
    // Everything but `mailbox` is touched on `queue` alone.
    private let queue: DispatchQueue
    private var epoll = Epoll()
    private let source: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private var wheel = TimerWheel(start: .now)
    private var connections = ConnectionTable()
    private var listeners: [UInt64: (listener: Listener, adopt: @Sendable (AcceptedSocket) -> Void)] = [:]
    private let date = HTTPDate()
    /// The present moment, as of the last batch of events.
    private(set) var now = Instant.now
    /// Shared by all connections of the loop: one reads at a time, and takes what it has read before the next one does.
    let readBuffer: UnsafeMutableRawBufferPointer
    let handler: any HTTPHandler
    let observers: [any HTTPServerObserver]
    let configuration: HTTPServer.Configuration
    let encoder: ResponseEncoder
    private let admission: Admission
    let bodies: BodyBudget
    /// This loop's part of the server's statistics.
    let statistics = Mutex(HTTPServerStatistics())
    private let mailbox = Mutex(Mailbox())

    private struct Mailbox {
        var jobs: [@Sendable () -> Void] = []
        /// Whether the loop waits for events itself, so that it has to be woken there and not through its queue.
        var isAttended = false
    }

    private static let readBufferSize = 64 << 10
    /// How long a loop waits for further events before it gives its thread back to Dispatch.
    private static let attention: Int32 = 2  // milliseconds

    init(
        index: Int, configuration: HTTPServer.Configuration, admission: Admission, bodies: BodyBudget, handler: any HTTPHandler,
        observers: [any HTTPServerObserver]
    ) {
        queue = DispatchQueue(label: "hyperembed.http.\(index)", qos: .userInteractive)
        source = DispatchSource.makeReadSource(fileDescriptor: epoll.descriptor, queue: queue)
        timer = DispatchSource.makeTimerSource(queue: queue)
        readBuffer = .allocate(byteCount: Self.readBufferSize, alignment: 64)
        encoder = ResponseEncoder(serverName: configuration.serverName, date: date)
        self.configuration = configuration
        self.admission = admission
        self.bodies = bodies
        self.handler = handler
        self.observers = observers
    }

    /// Starts to listen to events. The loop lives as long as the process: its sources hold it.
    func start() {
        source.setEventHandler { [self] in attend() }
        timer.setEventHandler { [self] in
            lookAtTheTime()
            tick()
        }
        timer.schedule(deadline: .now() + .milliseconds(100), repeating: .milliseconds(100), leeway: .milliseconds(20))
        source.activate()
        timer.activate()
    }

    // MARK: Events

    /// Serves events and jobs until none has come for a moment.
    private func attend() {
        mailbox.withLock { $0.isAttended = true }
        repeat {
            lookAtTheTime()
            runJobs()
            while case let count = epoll.wait(milliseconds: Self.attention), count > 0 {
                lookAtTheTime()
                for index in 0..<count { handle(epoll.event(index)) }
                runJobs()
                // A busy loop gives its timer's events no turn.
                if wheel.isDue(at: now) { tick() }
            }
        } while !leave()
    }

    /// Gives the thread back, unless a job has come in meanwhile.
    private func leave() -> Bool {
        mailbox.withLock { mailbox in
            if mailbox.jobs.isEmpty { mailbox.isAttended = false }
            return mailbox.jobs.isEmpty
        }
    }

    private func handle(_ event: Epoll.Event) {
        if let connection = connections[event.id] {
            connection.handle(event)
        } else {
            accept(event.id)
        }
    }

    private func lookAtTheTime() {
        now = .now
        date.update()
    }

    private func tick() {
        for (id, tick) in wheel.advance(to: now) { connections[id]?.remind(tick: tick) }
        // Connections that could not be taken for want of a descriptor are announced no second time.
        for id in listeners.keys { accept(id) }
    }

    /// Takes the connections that wait in a listener. After some of them the loop's connections have their turn.
    private func accept(_ id: UInt64) {
        guard let (listener, adopt) = listeners[id] else { return }
        for _ in 0..<64 {
            guard let socket = listener.accept() else { return }
            adopt(socket)
        }
        run { [self] in accept(id) }
    }

    // MARK: Jobs

    /// Runs `job` on the loop, from any thread. Jobs that come while the loop is busy share one turn of it.
    func run(_ job: @escaping @Sendable () -> Void) {
        let isAttended: Bool? = mailbox.withLock { mailbox in
            mailbox.jobs.append(job)
            // Whoever brought the first job has called the loop.
            return mailbox.jobs.count == 1 ? mailbox.isAttended : nil
        }
        switch isAttended {
        case true?: epoll.wake()
        case false?: queue.async { [self] in attend() }
        case nil: break
        }
    }

    private func runJobs() {
        let jobs = mailbox.withLock { mailbox in
            defer { mailbox.jobs = [] }
            return mailbox.jobs
        }
        for job in jobs { job() }
    }

    // MARK: Connections

    /// Takes connections of `listener` and gives each to `adopt`.
    func listen(_ listener: Listener, adopt: @escaping @Sendable (AcceptedSocket) -> Void) {
        run { [self] in
            let id = ConnectionTable.listenerID(listeners.count)
            listeners[id] = (listener, adopt)
            _ = epoll.watch(listener.descriptor, id: id)
            accept(id)
        }
    }

    /// Gives a connected socket a home on this loop.
    func adopt(_ accepted: AcceptedSocket) {
        let refusal = admission.add(accepted.peer)
        run { [self] in
            guard let connection = connections.insert({ Connection(id: $0, socket: accepted, loop: self) }) else {
                return admission.remove(accepted.peer)
            }
            statistics.withLock { statistics in
                statistics.openConnections += 1
                statistics.acceptedConnections += 1
                if refusal != nil { statistics.refusedConnections += 1 }
            }
            guard epoll.watch(connection.descriptor, id: connection.id) else { return remove(connection) }
            if let refusal {
                connection.refuse(refusal)
            } else if admission.currentPhase == .draining {
                connection.drain()
            }
        }
    }

    /// The connection with this id, unless it has been closed.
    func connection(_ id: UInt64) -> Connection? { connections[id] }

    /// Forgets a connection, which closes its socket.
    func remove(_ connection: Connection) {
        guard connections.remove(connection.id) else { return }
        admission.remove(connection.peer)
        statistics.withLock { $0.openConnections -= 1 }
    }

    /// Lets a connection go on after the others have had their turn.
    func revisit(_ connection: Connection) {
        let id = connection.id
        run { [self] in connections[id]?.handle(.nothing) }
    }

    /// Closes the listeners once every connection that waits in them is taken, and idle connections; the others close when
    /// they have been answered.
    func drain() async {
        await withCheckedContinuation { continuation in
            run { [self] in
                for (listener, adopt) in listeners.values { while let socket = listener.accept() { adopt(socket) } }
                listeners = [:]
                for connection in connections.all { connection.drain() }
                continuation.resume()
            }
        }
    }

    /// Closes whatever is still open.
    func closeAll() {
        run { [self] in
            for connection in connections.all { connection.close() }
        }
    }

    // MARK: Time

    /// Whether answers are to close their connections.
    var closesAfterAnswers: Bool { admission.currentPhase > .serving }

    func tick(of deadline: Instant) -> Int { wheel.tick(of: deadline) }

    func addReminder(for connection: Connection, deadline: Instant) -> Int {
        wheel.add(connection.id, deadline: deadline)
    }
}
