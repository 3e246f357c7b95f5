import ArgumentParser
import EmbeddingAPI

@main
struct Hyperembed: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hyperembed",
        abstract: "Invents embeddings for new tokens of an existing language model.",
        version: Version.current,
        subcommands: [
            Serve.self, Generate.self, Map.self, Transfer.self, AddTokens.self, Vectors.self, TokenVectorsCommand.self,
            Words.self, Factorize.self, Verify.self, Inspect.self, HashKey.self, Bench.self,
        ])
}
