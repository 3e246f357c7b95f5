import Synchronization

/// A server's certificates and keys, which can be renewed while it runs. Connections that are open keep what they began with.
public final class TLSCredentials: Sendable {
    private let configuration: TLSConfiguration
    /// Tickets are encrypted with keys that each context makes for itself. Whoever got hold of them could read all of TLS 1.2
    /// that was resumed with them, so they do not last for ever (RFC 9325, 3.4).
    private let maximumAge: Duration
    private let context: Mutex<TLSContext>
    private let lastLoad: Mutex<Load>

    /// What `reloadIfChanged` goes by. Held while files are read, which event loops need not wait for.
    private struct Load {
        var versions: [FileVersion?]
        var time: ContinuousClock.Instant
        /// What was wrong the last time, to be said once.
        var error: TLSError?
    }

    /// Reads the files that `configuration` names.
    ///
    /// - Parameter maximumAge: how long before `reloadIfChanged` reads them again even if they have not changed.
    public init(_ configuration: TLSConfiguration, maximumAge: Duration = .seconds(24 * 60 * 60)) throws(TLSError) {
        self.configuration = configuration
        self.maximumAge = maximumAge
        // Looked at before they are read: a change in between is then seen as one.
        let versions = Self.versions(of: configuration)
        context = Mutex(try TLSContext(configuration))
        lastLoad = Mutex(Load(versions: versions, time: .now))
    }

    /// What new connections are to use.
    var current: TLSContext { context.withLock { $0 } }

    /// Reads the files again. If they cannot be used, what was there stays in use.
    public func reload() throws(TLSError) {
        try lastLoad.withLock { last throws(TLSError) in try load(Self.versions(of: configuration), after: &last) }
    }

    /// Reads the files again if others have taken their place, or after a long time. If they cannot be used, what was there
    /// stays in use and the error is thrown once; later calls try again, as a certificate and its key are seldom replaced at
    /// the same moment.
    ///
    /// - Returns: whether new ones are in use now.
    @discardableResult
    public func reloadIfChanged() throws(TLSError) -> Bool {
        try lastLoad.withLock { last throws(TLSError) in
            let versions = Self.versions(of: configuration)
            guard versions != last.versions || ContinuousClock.now - last.time > maximumAge else {
                last.error = nil
                return false
            }
            let known = last.error
            do throws(TLSError) {
                try load(versions, after: &last)
                return true
            } catch {
                if error == known { return false }
                throw error
            }
        }
    }

    private func load(_ versions: [FileVersion?], after last: inout Load) throws(TLSError) {
        do throws(TLSError) {
            let new = try TLSContext(configuration)
            context.withLock { $0 = new }
            last = Load(versions: versions, time: .now)
        } catch {
            last.error = error
            throw error
        }
    }

    private static func versions(of configuration: TLSConfiguration) -> [FileVersion?] {
        configuration.files.map { FileVersion(path: $0) }
    }
}
