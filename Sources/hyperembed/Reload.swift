import Dispatch
import EmbeddingAPI
import Foundation
import HTTPServer

/// Takes up what has been put in the place of files in use: certificates and models on SIGHUP, certificates also by themselves
/// when their files have changed. What cannot be used leaves the old one in place, and says so.
final class Reload: Sendable {
    private let catalog: ModelCatalog
    /// Nil for a service in the clear.
    private let credentials: TLSCredentials?
    private let queue = DispatchQueue(label: "hyperembed.reload")

    private static let interval = DispatchTimeInterval.seconds(10)

    init(_ catalog: ModelCatalog, _ credentials: TLSCredentials?) {
        self.catalog = catalog
        self.credentials = credentials
    }

    /// Looks after the files as long as the process lives. SIGHUP must be ignored already.
    func begin() {
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: queue)
        source.setEventHandler { [self] in
            // The handler holds its source, which nothing else does.
            _ = source
            Systemd.notify(.reloading)
            if let credentials { attempt { try credentials.reload() } }
            // The next signal waits until these have been loaded: it may mean files that have come since.
            for name in catalog.names { reload(name) }
            Systemd.notify(.ready)
        }
        source.activate()
        guard let credentials else { return }
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { [self] in
            _ = timer
            attempt { try credentials.reloadIfChanged() }
        }
        timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval, leeway: .seconds(1))
        timer.activate()
    }

    private func reload(_ name: String) {
        let finished = DispatchSemaphore(value: 0)
        catalog.reload(name) { [self] result in
            switch result {
            case .success(let reload): say("\(reload)")
            case .failure(let error): say("the model in use stays: \(error)")
            }
            finished.signal()
        }
        finished.wait()
    }

    private func attempt(_ reload: () throws -> Void) {
        do {
            try reload()
        } catch {
            say("the certificates in use stay: \(error)")
        }
    }

    private func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
