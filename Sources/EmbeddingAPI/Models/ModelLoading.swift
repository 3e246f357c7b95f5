import Generation
import Tensors

extension ModelSettings {
    /// Loads the model.
    ///
    /// - Throws: what is missing or wrong, and where.
    public func load() throws -> EmbeddingModel { try load(from: open()) }

    /// Loads what has been opened, to take the place of `old`.
    func load(from files: ModelFiles, replacing old: EmbeddingModel? = nil) throws -> EmbeddingModel {
        try EmbeddingModel(name: name, files: files, weightFormat: weights, cacheBytes: cacheBytes, replacing: old)
    }

    /// Opens the files that the model is loaded from.
    func open() throws -> ModelFiles {
        try ModelFiles(paths())
    }

    /// Where all parts of the model are.
    ///
    /// - Throws: `DefaultModelError`.
    func paths() throws(DefaultModelError) -> ModelPaths {
        let (base, hypernetwork) = try folders()
        return ModelPaths(base: base, hypernetwork: hypernetwork, layout: layout, parts: parts)
    }

    /// Where the base and the hypernetwork are.
    ///
    /// - Throws: `DefaultModelError`.
    public func folders() throws(DefaultModelError) -> (base: String, hypernetwork: String?) {
        if let base { return (base, hypernetwork) }
        let folder = try DefaultModel.folder()
        return (folder + "/base", folder + "/hypernetwork")
    }

    /// Where the base keeps its matrices, if the settings say so.
    public var layout: EmbeddingLayout? {
        inputEmbeddings.map {
            EmbeddingLayout(inputKeys: [$0], outputKeys: outputEmbeddings.map { [$0] } ?? [], isTied: outputEmbeddings == nil)
        }
    }
}
