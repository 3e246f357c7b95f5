import Dispatch
import EmbeddingAPI
import Foundation
import HTTPServer

/// Takes up certificates and API keys that have been renewed: on SIGHUP, and by itself when the files have changed. What cannot be
/// used leaves the old in place, and says so.
final class Reload: Sendable {
    private let credentials: TLSCredentials?
    private let keys: APIKeys?

    private static let interval = DispatchTimeInterval.seconds(10)

    init(_ credentials: TLSCredentials?, _ keys: APIKeys?) {
        self.credentials = credentials
        self.keys = keys
    }

    /// Looks after them as long as the process lives. SIGHUP must be ignored already.
    func begin() {
        let queue = DispatchQueue(label: "hyperembed.reload")
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: queue)
        source.setEventHandler { [self] in
            // The handler holds its source, which nothing else does.
            _ = source
            Systemd.notify(.reloading)
            attempt("certificates") { try credentials?.reload() }
            attempt("keys") { try keys?.reload() }
            Systemd.notify(.ready)
        }
        source.activate()
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { [self] in
            _ = timer
            attempt("certificates") { try credentials?.reloadIfChanged() }
            attempt("keys") { try keys?.reloadIfChanged() }
        }
        timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval, leeway: .seconds(1))
        timer.activate()
    }

    private func attempt(_ what: String, _ reload: () throws -> Void) {
        do {
            try reload()
        } catch {
            FileHandle.standardError.write(Data("the \(what) in use stay: \(error)\n".utf8))
        }
    }
}
