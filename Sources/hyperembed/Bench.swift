import ArgumentParser

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how fast the parts are on this machine.",
        subcommands: [BenchKernels.self, BenchEngine.self, BenchHyperOFA.self, BenchJSON.self])
}
