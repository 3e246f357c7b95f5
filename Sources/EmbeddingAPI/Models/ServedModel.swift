import Foundation
import Generation
import HTTPServer
import Hypernetworks

/// A model in service, with what was noted when it was loaded.
public struct ServedModel: Sendable {
    public let settings: ModelSettings
    public let model: EmbeddingModel
    /// When it had been loaded.
    public let loadedAt: Date
    /// What loading and warming it took.
    public let loadDuration: Duration
    /// Of the base's input rows; nil for a base without valid ones.
    public let norms: NormDistribution?

    /// Opens, loads and warms a model.
    ///
    /// - Throws: what is wrong with which file.
    init(loading settings: ModelSettings) throws {
        let start = ContinuousClock.now
        try self.init(loading: settings, from: settings.open(), since: start)
    }

    /// Loads and warms what has been opened.
    ///
    /// - Parameters:
    ///   - start: when that began.
    ///   - old: whose place it takes.
    init(
        loading settings: ModelSettings, from files: ModelFiles, since start: ContinuousClock.Instant,
        replacing old: EmbeddingModel? = nil
    ) throws {
        let model = try settings.load(from: files, replacing: old)
        model.warmUp()
        self.init(settings, model, since: start)
    }

    /// - Parameter start: when loading it began.
    init(_ settings: ModelSettings, _ model: EmbeddingModel, since start: ContinuousClock.Instant) {
        self.settings = settings
        self.model = model
        norms = NormDistribution(model.trainingFree.input.statistics)
        loadedAt = Date()
        loadDuration = .now - start
    }

    /// The methods that requests may use: those of the settings, as far as the model has them.
    public var methods: [Method] {
        model.methods.filter { settings.methods?.contains($0) ?? true }
    }

    /// Tokens that a request may hold, and ids that a vocabulary may have; nil for as many as the service's own limits allow.
    public var maximumTokens: Int? { settings.maximumTokens }

    /// - Parameter pointer: where the request names the method.
    /// - Throws: 422 for a method that the model does not have, or is not to be used with.
    func check(_ method: Method, pointer: String) throws(Problem) {
        guard !methods.contains(method) else { return }
        let reason =
            if !model.methods.contains(method), let part = method.modelNeeds {
                "method \(method.rawValue) needs the model's setting \(part), and \(model.name) has none"
            } else {
                "method \(method.rawValue) cannot be used with model \(model.name)"
            }
        throw Problem(invalid: "\(reason); what can are \(methods.map(\.rawValue).joined(separator: ", "))", at: pointer)
    }

    /// - Throws: 413 for more than `maximumTokens`.
    func check(count: Int, _ what: String, pointer: String, limits: RequestLimits) throws(Problem) {
        guard let maximum = maximumTokens, count > maximum else { return }
        throw limits.tooManyTokens(count, limit: maximum, "\(what) for model \(model.name)", pointer: pointer)
    }
}
