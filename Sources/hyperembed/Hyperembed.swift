import ArgumentParser

@main
struct Hyperembed: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hyperembed",
        abstract: "Invents embeddings for new tokens of an existing language model.",
        subcommands: [
            Serve.self, Generate.self, Map.self, Transfer.self, AddTokens.self, Verify.self, Inspect.self, Bench.self,
        ])
}
