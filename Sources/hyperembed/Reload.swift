import Dispatch
import EmbeddingAPI
import Foundation
import HTTPServer
import Logging

/// Takes up what has been put in the place of files in use: certificates, API keys and models on SIGHUP, certificates and keys also by
/// themselves when their files have changed. What cannot be used leaves the old one in place, and says so.
final class Reload: Sendable {
    private let catalog: ModelCatalog
    /// Nil for a service in the clear.
    private let credentials: TLSCredentials?
    /// Nil for a service that anybody may use.
    private let keys: APIKeys?
    private let logger: Logger
    private let queue = DispatchQueue(label: "hyperembed.reload")

    private static let interval = DispatchTimeInterval.seconds(10)

    init(_ catalog: ModelCatalog, _ credentials: TLSCredentials?, _ keys: APIKeys?, _ logger: Logger) {
        self.catalog = catalog
        self.credentials = credentials
        self.keys = keys
        self.logger = logger
    }

    /// Looks after the files as long as the process lives. SIGHUP must be ignored already.
    func begin() {
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: queue)
        source.setEventHandler { [self] in
            // The handler holds its source, which nothing else does.
            _ = source
            Systemd.notify(.reloading)
            attempt("certificates") { try credentials?.reload() != nil }
            attempt("keys") { try keys?.reload() != nil }
            // The next signal waits until these have been loaded: it may mean files that have come since.
            for name in catalog.names { reload(name) }
            // A service that has yet to load its models tells so itself.
            if catalog.models != nil { Systemd.notify(.ready) }
        }
        source.activate()
        guard credentials != nil || keys != nil else { return }
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { [self] in
            _ = timer
            attempt("certificates") { try credentials?.reloadIfChanged() ?? false }
            attempt("keys") { try keys?.reloadIfChanged() ?? false }
        }
        timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval, leeway: .seconds(1))
        timer.activate()
    }

    private func reload(_ name: String) {
        let finished = DispatchSemaphore(value: 0)
        catalog.reload(name) { _ in finished.signal() }
        finished.wait()
    }

    /// - Parameter reload: returns whether there are new ones.
    private func attempt(_ what: String, _ reload: () throws -> Bool) {
        do {
            if try reload() { logger.info("new \(what) are in use") }
        } catch {
            for message in messages(of: error) { logger.error("the \(what) in use stay: \(message)") }
        }
    }
}
