import Dispatch
import Foundation
import HTTPServer
import Logging

/// Takes up certificates that have been renewed: on SIGHUP, and by itself when the files have changed. A pair that cannot be used
/// leaves the old one in place, and says so.
final class Reload: Sendable {
    private let credentials: TLSCredentials
    private let logger: Logger

    private static let interval = DispatchTimeInterval.seconds(10)

    init(_ credentials: TLSCredentials, _ logger: Logger) {
        self.credentials = credentials
        self.logger = logger
    }

    /// Looks after the certificates as long as the process lives. SIGHUP must be ignored already.
    func begin() {
        let queue = DispatchQueue(label: "hyperembed.reload")
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: queue)
        source.setEventHandler { [self] in
            // The handler holds its source, which nothing else does.
            _ = source
            Systemd.notify(.reloading)
            attempt {
                try credentials.reload()
                return true
            }
            Systemd.notify(.ready)
        }
        source.activate()
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { [self] in
            _ = timer
            attempt { try credentials.reloadIfChanged() }
        }
        timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval, leeway: .seconds(1))
        timer.activate()
    }

    /// - Parameter reload: returns whether there are new ones.
    private func attempt(_ reload: () throws -> Bool) {
        do {
            if try reload() { logger.info("new certificates are in use") }
        } catch {
            logger.error("the certificates in use stay: \(error)")
        }
    }
}
