import ArgumentParser
import EmbeddingAPI
import Generation

/// Which base a command works with that needs no hypernetwork: the embedded one, or any folder.
struct BaseOptions: ParsableArguments {
    @Option(help: ArgumentHelp(settingOf: "base"))
    var base: String?

    @Option(help: ArgumentHelp(settingOf: "input-embeddings"))
    var inputEmbeddings: String?

    private var settings: ModelSettings {
        var settings = ModelSettings(name: TokenEmbeddingsRequest.defaultModel)
        settings.base = base
        settings.inputEmbeddings = inputEmbeddings
        return settings
    }

    func open() throws -> ModelFiles {
        try ModelFiles(ModelPaths(base: settings.folders().base, layout: settings.layout))
    }

    func load(_ files: ModelFiles) throws -> EmbeddingModel { try EmbeddingModel(name: settings.name, files: files) }
}

extension ArgumentHelp {
    static let wordVectors = ArgumentHelp(
        "A table of word vectors (`hyperembed vectors`), or any file that one is made of.", valueName: "file")
}
