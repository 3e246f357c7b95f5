import HTTPServer
import Synchronization

/// What becomes of the requests that one server is asked, and of its connections.
///
/// Its labels are known before the first request: whatever clients send, there are no more of them.
public final class ListenerMetrics: HTTPServerObserver {
    /// What the server is for, such as `service`.
    let name: String
    private let routes: [String: RouteMetrics]
    /// Requests that no route is for.
    private let others = RouteMetrics()
    private let server = Mutex(WeakServer())

    private struct WeakServer {
        weak var server: HTTPServer?
    }

    /// - Parameter routes: the server's router's.
    init(_ name: String, routes: [String]) {
        self.name = name
        self.routes = Dictionary(uniqueKeysWithValues: routes.map { ($0, RouteMetrics()) })
    }

    /// From now on the server's connections are counted too.
    public func watch(_ server: HTTPServer) { self.server.withLock { $0.server = server } }

    var statistics: HTTPServerStatistics? { server.withLock { $0.server }?.statistics }

    /// By route, in the order of their names; all others under `other`.
    var byRoute: [(name: String, metrics: RouteMetrics)] {
        routes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + [("other", others)]
    }

    public func finished(_ record: HTTPRequestRecord) { (record.route.flatMap { routes[$0] } ?? others).count(record) }

    public func flush() {}
}

/// What becomes of the requests for one route.
final class RouteMetrics: Sendable {
    private static let methods = ["GET", "HEAD", "POST", "OPTIONS", "other"]
    private static let statuses = HTTPStatus.all.map { String($0.code) } + ["other"]
    /// By status code, its place in `statuses`.
    private static let places: [Int] = {
        var places = [Int](repeating: HTTPStatus.all.count, count: 600)
        for (place, status) in HTTPStatus.all.enumerated() { places[status.code] = place }
        return places
    }()

    private let answers = (0..<methods.count * statuses.count).map { _ in Counter() }
    let durations = DurationHistogram()
    let requestBytes = Counter()
    let responseBytes = Counter()
    let cutOff = Counter()

    func count(_ record: HTTPRequestRecord) {
        let method = Self.methods.firstIndex(of: record.method) ?? Self.methods.count - 1
        let status = Self.places.indices.contains(record.status) ? Self.places[record.status] : Self.statuses.count - 1
        answers[method * Self.statuses.count + status].add()
        durations.record(record.duration)
        requestBytes.add(record.requestBytes)
        responseBytes.add(record.responseBytes)
        if !record.isComplete { cutOff.add() }
    }

    /// Those that there have been.
    var counts: [(method: String, status: String, count: Int)] {
        answers.enumerated().compactMap { place, counter in
            let count = counter.value
            guard count > 0 else { return nil }
            return (Self.methods[place / Self.statuses.count], Self.statuses[place % Self.statuses.count], count)
        }
    }
}
