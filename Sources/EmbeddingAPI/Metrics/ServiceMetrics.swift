import Generation
import HTTPServer
import Synchronization

/// What the service counts of its work, beside what its engine, caches and servers count themselves.
public final class ServiceMetrics: Sendable {
    let phases = PhaseMetrics()
    private let listeners = Mutex<[ListenerMetrics]>([])
    private let tokensByModel = Mutex<[String: TokenMetrics]>([:])

    public init() {}

    /// What observes a server.
    ///
    /// - Parameters:
    ///   - name: what the server is for, such as `service`, different for each.
    ///   - router: its handler.
    public func listener(_ name: String, _ router: Router) -> ListenerMetrics {
        let listener = ListenerMetrics(name, routes: router.patterns)
        listeners.withLock { $0.append(listener) }
        return listener
    }

    var allListeners: [ListenerMetrics] { listeners.withLock { $0 } }

    /// Of a model that is loaded, or was: there are no other names.
    func tokens(of model: EmbeddingModel) -> TokenMetrics {
        tokensByModel.withLock { metrics in
            if let known = metrics[model.name] { return known }
            let new = TokenMetrics()
            metrics[model.name] = new
            return new
        }
    }

    var allTokens: [(model: String, metrics: TokenMetrics)] {
        tokensByModel.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
