import Foundation

@testable import Generation

func loadDefaultModel() throws -> EmbeddingModel {
    let folder = try DefaultModel.folder()
    return try EmbeddingModel(name: "default", paths: ModelPaths(base: folder + "/base", hypernetwork: folder + "/hypernetwork"))
}

/// The default model, for tests that do not mind what is in its cache.
let sharedModel = Result { try loadDefaultModel() }

/// The same base without its hypernetwork.
let sharedBase = Result {
    try EmbeddingModel(name: "base", paths: ModelPaths(base: DefaultModel.folder() + "/base"))
}
