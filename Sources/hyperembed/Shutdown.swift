import Dispatch
import EmbeddingAPI
import Foundation
import HTTPServer
import Logging
import Synchronization

/// Ends the service on a signal: readiness turns 503, load balancers get time to notice, running requests are answered, the
/// process exits with 0. A second signal ends it at once.
final class Shutdown: Sendable {
    private let service: EmbeddingService
    private let server: HTTPServer
    private let lameDuck: Duration
    private let logger: Logger
    private let hasBegun = Atomic(false)

    init(service: EmbeddingService, server: HTTPServer, lameDuck: Duration, logger: Logger) {
        self.service = service
        self.server = server
        self.lameDuck = lameDuck
        self.logger = logger
    }

    /// Waits for `signal` as long as the process lives.
    func begin(on signal: Int32) {
        Foundation.signal(signal, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
        source.setEventHandler { [self] in
            // The handler holds its source, which nothing else does.
            _ = source
            logger.info("shutting down", metadata: ["signal": "\(signal == SIGINT ? "SIGINT" : "SIGTERM")"])
            // Somebody at a terminal has no load balancer to wait for.
            begin(lameDuck: signal == SIGINT ? .zero : lameDuck)
        }
        source.activate()
    }

    private func begin(lameDuck: Duration) {
        guard !hasBegun.exchange(true, ordering: .relaxed) else { exit(1) }
        service.drain()
        Systemd.notify(.stopping)
        Task {
            let isComplete = await server.shutdown(lameDuck: lameDuck)
            if isComplete {
                logger.info("every request was answered")
            } else {
                logger.warning("requests that took too long were cut off")
            }
            exit(isComplete ? 0 : 1)
        }
    }
}
