import ArgumentParser
import EmbeddingAPI
import Generation

/// What a model has beside its base and its hypernetwork.
struct ModelPartOptions: ParsableArguments {
    @Option(help: ArgumentHelp(settingOf: "word-vectors"))
    var wordVectors: String?

    @Option(help: ArgumentHelp(settingOf: "factorization"))
    var factorization: String?

    @Option(help: ArgumentHelp(settingOf: "token-vectors"))
    var tokenVectors: String?

    @Option(help: ArgumentHelp(settingOf: "source-word-vectors"))
    var sourceWordVectors: String?

    @Option(help: ArgumentHelp(settingOf: "dictionary"))
    var dictionary: String?

    @Option(help: ArgumentHelp(settingOf: "donor"))
    var donor: String?

    func validate() throws {
        guard tokenVectors == nil || wordVectors != nil else {
            throw ValidationError("--token-vectors needs --word-vectors: new tokens are looked up there.")
        }
        guard (sourceWordVectors == nil) == (dictionary == nil) else {
            throw ValidationError("--source-word-vectors and --dictionary need each other.")
        }
        guard dictionary == nil || tokenVectors != nil else { throw ValidationError("--dictionary needs --token-vectors.") }
    }

    var paths: ModelPartPaths {
        var paths = ModelPartPaths()
        paths.wordVectors = wordVectors
        paths.factorization = factorization
        paths.tokenVectors = tokenVectors
        paths.sourceWordVectors = sourceWordVectors
        paths.dictionary = dictionary
        paths.donor = donor
        return paths
    }
}
