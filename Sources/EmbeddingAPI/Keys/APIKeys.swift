import HTTPServer
import Synchronization

/// The keys that let requests in. Their file can be read again while the service runs.
public final class APIKeys: Sendable {
    private struct State {
        /// What a request's key is compared with.
        var hashes: [APIKeyHash] = []
        /// In the same order: what each key allows, and what its bearers are using of it.
        var keys: [(entry: APIKeyEntry, usage: KeyUsage)] = []
    }

    /// What `reloadIfChanged` goes by. Held while the file is read, which requests need not wait for.
    private struct Load {
        var version: FileVersion?
        /// What was wrong the last time, to be said once.
        var complaint: String?
    }

    private let file: String
    private let state = Mutex(State())
    private let lastLoad = Mutex(Load())

    /// Reads the keys file.
    public init(file: String) throws(APIKeyFileError) {
        self.file = file
        try reload()
    }

    /// Reads the file again. If it cannot be used, the keys that were there stay.
    public func reload() throws(APIKeyFileError) {
        try lastLoad.withLock { last throws(APIKeyFileError) in try load(FileVersion(path: file), after: &last) }
    }

    /// Reads the file again if another has taken its place. If it cannot be used, the keys that were there stay and the error is
    /// thrown once; later calls try again, as it may be the permissions that are mended.
    ///
    /// - Returns: whether its keys are in use now.
    @discardableResult
    public func reloadIfChanged() throws(APIKeyFileError) -> Bool {
        try lastLoad.withLock { last throws(APIKeyFileError) in
            let version = FileVersion(path: file)
            let known = last.complaint
            guard version != last.version || known != nil else { return false }
            do throws(APIKeyFileError) {
                try load(version, after: &last)
                return true
            } catch {
                if error.description == known { return false }
                throw error
            }
        }
    }

    /// - Parameter version: looked at before the file is read: a change in between is then seen as one.
    private func load(_ version: FileVersion?, after last: inout Load) throws(APIKeyFileError) {
        do throws(APIKeyFileError) {
            let entries = try APIKeyFile(path: file).entries
            state.withLock { state in
                // What a key's bearers have under way, and have used up, is the same under new limits.
                let usages = Dictionary(zip(state.hashes, state.keys.map(\.usage))) { first, _ in first }
                state = State(hashes: entries.map(\.hash), keys: entries.map { ($0, usages[$0.hash] ?? KeyUsage()) })
            }
            last = Load(version: version)
        } catch {
            last = Load(version: version, complaint: error.description)
            throw error
        }
    }

    /// Who sends `request`, which counts among the key's requests until its exchange has ended.
    ///
    /// - Throws: 401 without a key that is known, 429 if the key has as many requests under way as it may.
    func caller(of request: HTTPRequest) throws(Problem) -> Caller {
        let hash = APIKeyHash(of: try BearerCredentials.key(of: request))
        let state = state.withLock { $0 }
        guard let position = hash.position(among: state.hashes) else { throw .invalidKey }
        let (entry, usage) = state.keys[position]
        return try Caller(entry, usage)
    }
}
