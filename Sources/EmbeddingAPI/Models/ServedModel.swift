import Foundation
import Generation
import HTTPServer
import Hypernetworks
import Tensors

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
    /// - Parameter start: when that began.
    init(loading settings: ModelSettings, from files: ModelFiles, since start: ContinuousClock.Instant) throws {
        let model = try EmbeddingModel(
            name: settings.name, files: files, weightFormat: settings.weights, cacheBytes: settings.cacheBytes)
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
        Method.allCases.filter { method in
            (method != .hypernetwork || model.predictor != nil) && settings.methods?.contains(method) ?? true
        }
    }

    /// Tokens that a request may hold, and ids that a vocabulary may have; nil for as many as the service's own limits allow.
    public var maximumTokens: Int? { settings.maximumTokens }

    /// - Parameter pointer: where the request names the method.
    /// - Throws: 422 for a method that the model does not have, or is not to be used with.
    func check(_ method: Method, pointer: String) throws(Problem) {
        guard !methods.contains(method) else { return }
        let reason =
            method == .hypernetwork && model.predictor == nil
            ? "method hypernetwork needs a model with one, which \(model.name) is not"
            : "method \(method.rawValue) cannot be used with model \(model.name)"
        throw Problem(invalid: "\(reason); what can are \(methods.map(\.rawValue).joined(separator: ", "))", at: pointer)
    }

    /// - Throws: 413 for more than `maximumTokens`.
    func check(count: Int, _ what: String, pointer: String, limits: RequestLimits) throws(Problem) {
        guard let maximum = maximumTokens, count > maximum else { return }
        throw limits.tooManyTokens(count, limit: maximum, "\(what) for model \(model.name)", pointer: pointer)
    }
}

extension ModelSettings {
    /// Opens the files that a model is loaded from.
    ///
    /// - Throws: what is missing or wrong, and where.
    func open() throws -> ModelFiles {
        let layout = inputEmbeddings.map {
            EmbeddingLayout(inputKeys: [$0], outputKeys: outputEmbeddings.map { [$0] } ?? [], isTied: outputEmbeddings == nil)
        }
        let (base, hypernetwork) = try folders()
        return try ModelFiles(baseFolder: base, hypernetworkFolder: hypernetwork, layout: layout)
    }

    /// Where the parts of the model are.
    ///
    /// - Throws: `DefaultModelError`.
    public func folders() throws(DefaultModelError) -> (base: String, hypernetwork: String?) {
        if let base { return (base, hypernetwork) }
        let folder = try DefaultModel.folder()
        return (folder + "/base", folder + "/hypernetwork")
    }
}
