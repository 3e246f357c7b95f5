import Dispatch
import Foundation
import Generation
import Logging
import Synchronization

/// The models of a service by name, in the order of configuration: loaded all together, and each anew while the service runs.
public final class ModelCatalog: Sendable {
    private struct State {
        /// Nil until all models are loaded.
        var models: [ServedModel]?
        /// Names of those that are being loaded anew.
        var reloading: Set<String> = []
    }

    private let settings: [ModelSettings]
    private let logger: Logger?
    private let state: Mutex<State>

    /// A catalog of models that are to be loaded.
    ///
    /// - Parameter logger: is told what has come of loading a model anew, whoever has asked for it.
    public init(_ settings: [ModelSettings], logger: Logger? = nil) {
        self.settings = settings
        self.logger = logger
        state = Mutex(State())
    }

    /// A catalog of models that have been loaded already.
    init(serving models: [ServedModel]) {
        settings = models.map(\.settings)
        logger = nil
        state = Mutex(State(models: models))
    }

    /// Nil until all models are loaded.
    public var models: [ServedModel]? { state.withLock(\.models) }

    /// The names of all models, loaded or not.
    public var names: [String] { settings.map(\.name) }

    // MARK: Loading

    /// Loads all models, side by side, and puts them into service together; to be called once.
    ///
    /// - Returns: the models.
    /// - Throws: `CatalogLoadError` with what is wrong with each model that cannot be loaded; none is served then.
    @discardableResult
    public func load() throws(CatalogLoadError) -> [ServedModel] {
        let results = Mutex([Result<ServedModel, any Error>?](repeating: nil, count: settings.count))
        DispatchQueue.concurrentPerform(iterations: settings.count) { index in
            let result = Result { try ServedModel(loading: settings[index]) }
            results.withLock { $0[index] = result }
        }
        var models: [ServedModel] = []
        var failures: [ModelFailure] = []
        for (settings, result) in zip(settings, results.withLock(\.self)) {
            switch result {
            case .success(let model)?: models.append(model)
            case .failure(let error)?: failures.append(ModelFailure(name: settings.name, reason: "\(error)"))
            case nil: break
            }
        }
        guard failures.isEmpty else { throw CatalogLoadError(failures: failures) }
        state.withLock { $0.models = models }
        return models
    }

    // MARK: Reloading

    /// Loads a model anew, on a thread of its own, and puts it in the place of the old one: requests that are under way finish
    /// on that, and its memory goes with the last of them. A model whose files are the same stays, with what it has cached, and
    /// so does one in whose place no other can be loaded.
    ///
    /// - Parameter completion: called on that thread, or at once where there is nothing to do.
    public func reload(
        _ name: String, completion: @escaping @Sendable (Result<ModelReload, ModelReloadError>) -> Void
    ) {
        do throws(ModelReloadError) {
            let old = try beginReload(name)
            let thread = Thread { [self] in
                // On Linux this is the thread's own: loading takes only what the event loops leave.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
                let result = Result { () throws(ModelReloadError) in try reload(old) }
                state.withLock { _ = $0.reloading.remove(name) }
                log(result)
                completion(result)
            }
            thread.name = "reload-\(name)"
            thread.start()
        } catch {
            log(.failure(error))
            completion(.failure(error))
        }
    }

    private func log(_ result: Result<ModelReload, ModelReloadError>) {
        switch result {
        case .success(let reload): logger?.info("\(reload)")
        case .failure(let error): logger?.error("the model in use stays: \(error)")
        }
    }

    private static let niceness: Int32 = 10

    /// - Returns: the model that is served now.
    private func beginReload(_ name: String) throws(ModelReloadError) -> ServedModel {
        try state.withLock { state throws(ModelReloadError) in
            guard settings.contains(where: { $0.name == name }) else { throw .unknownModel(name, known: names) }
            guard let model = state.models?.first(where: { $0.settings.name == name }) else { throw .loading }
            guard state.reloading.insert(name).inserted else { throw .underWay(name) }
            return model
        }
    }

    private func reload(_ old: ServedModel) throws(ModelReloadError) -> ModelReload {
        let start = ContinuousClock.now
        let settings = old.settings
        do {
            let files = try settings.open()
            let digest = files.digest(weightFormat: settings.weights)
            if digest != old.model.digest {
                let new = try ServedModel(loading: settings, from: files, since: start, replacing: old.model)
                state.withLock { state in
                    guard let place = state.models?.firstIndex(where: { $0.settings.name == settings.name }) else { return }
                    state.models?[place] = new
                }
            }
            return ModelReload(
                name: settings.name, oldDigest: old.model.digest, newDigest: digest, duration: .now - start)
        } catch {
            throw .notLoadable(ModelFailure(name: settings.name, reason: "\(error)"))
        }
    }
}

/// A model that cannot be loaded.
public struct ModelFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public let name: String
    /// The file and what is wrong with it.
    public let reason: String

    public var description: String { "model \(name): \(reason)" }
}

/// Why a service cannot begin.
public struct CatalogLoadError: Error, Sendable, Equatable, CustomStringConvertible {
    public let failures: [ModelFailure]

    public var description: String { failures.map(\.description).joined(separator: "\n") }
}

/// What has come of loading a model anew.
public struct ModelReload: Sendable, Equatable, CustomStringConvertible {
    public let name: String
    public let oldDigest: String
    public let newDigest: String
    public let duration: Duration

    /// Whether another model is served now.
    public var isChanged: Bool { oldDigest != newDigest }

    public var description: String {
        isChanged
            ? "model \(name) was loaded anew: \(newDigest) takes the place of \(oldDigest)"
            : "model \(name) stays: its files are the same, \(newDigest)"
    }
}

/// Why a model was not loaded anew; the one that was served is served still.
public enum ModelReloadError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownModel(String, known: [String])
    /// The models have not been loaded for the first time.
    case loading
    case underWay(String)
    case notLoadable(ModelFailure)

    public var description: String {
        switch self {
        case .unknownModel(let name, let known): "no model \"\(name)\"; loaded are \(known.joined(separator: ", "))"
        case .loading: "the models are being loaded"
        case .underWay(let name): "model \(name) is being loaded anew already"
        case .notLoadable(let failure): "\(failure)"
        }
    }
}
