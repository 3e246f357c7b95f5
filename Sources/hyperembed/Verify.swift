import ArgumentParser
import Generation
import Hypernetworks
import Tensors

/// Runs a golden case through a checkpoint and says how far the rows are from the expected ones.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a hypernetwork against reference inputs and outputs.",
        discussion: """
            The case is a safetensors file with target_surface_forms, expected_input_embeddings and, where the hypernetwork \
            has them, lang_index, expected_output_embeddings and expected_bias. Its source_embeddings are the base matrix; \
            a case without them needs --base.
            """)

    @Option(help: ArgumentHelp("Folder of the hypernetwork: config.json and model.safetensors.", valueName: "dir"))
    var hypernetwork: String

    @Option(name: .customLong("case"), help: ArgumentHelp("The golden case.", valueName: "file"))
    var caseFile: String

    @Option(help: ArgumentHelp("Folder of the base model, for a case without source_embeddings.", valueName: "dir"))
    var base: String?

    @Option(help: "Largest absolute and relative error that passes.")
    var tolerance: Float = 1e-4

    func run() throws {
        let configuration = try ZeTTHypernetwork.readConfiguration(folder: hypernetwork)
        let goldenCase = try GoldenCase(path: caseFile, configuration: configuration)
        let network = try load(goldenCase)
        for token in goldenCase.tokens { try network.validate(sourceIDs: token.sourceIDs) }
        var workspace = ZeTTWorkspace(configuration)
        let rows = network.generate(goldenCase.tokens[...], workspace: &workspace)

        let deviations = goldenCase.deviations(of: rows)
        print("\(goldenCase.tokens.count) tokens on \(Kernels.best.name), tolerance \(tolerance)")
        for deviation in deviations {
            print("\(deviation.tensor): largest absolute error \(deviation.absolute), relative \(deviation.relative)")
        }
        // Written so that an error that is not a number fails too.
        guard deviations.allSatisfy({ $0.absolute <= tolerance && $0.relative <= tolerance }) else {
            print("FAILED")
            throw ExitCode.failure
        }
        print("passed")
    }

    private func load(_ goldenCase: GoldenCase) throws -> ZeTTHypernetwork {
        if let base {
            let matrices = try EmbeddingModel.matrices(baseFolder: base, layout: nil)
            return try EmbeddingModel.hypernetwork(folder: hypernetwork, base: matrices)
        }
        guard let sourceEmbeddings = goldenCase.sourceEmbeddings else {
            throw ValidationError("The case has no source_embeddings: name its base model with --base.")
        }
        return try ZeTTHypernetwork(folder: hypernetwork, base: [sourceEmbeddings.expectingFloats()])
    }
}
