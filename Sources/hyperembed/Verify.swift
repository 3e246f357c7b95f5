import ArgumentParser
import Foundation
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

            A folder of HyperOFA has model_config.yaml and model.ckpt; its case has word_indices and expected_coordinates.
            """)

    @Option(help: ArgumentHelp("Folder of the hypernetwork: config.json and model.safetensors, or model_config.yaml and model.ckpt.", valueName: "dir"))
    var hypernetwork: String

    @Option(name: .customLong("case"), help: ArgumentHelp("The golden case.", valueName: "file"))
    var caseFile: String

    @Option(help: ArgumentHelp("Folder of the base model, for a case without source_embeddings.", valueName: "dir"))
    var base: String?

    @Option(help: "Largest absolute and relative error that passes.")
    var tolerance: Float = 1e-4

    func run() throws {
        let isHyperOFA = HyperOFAHypernetwork.isFolder(hypernetwork)
        let (tokens, deviations) = isHyperOFA ? try verifyHyperOFA() : try verifyZeTT()
        print("\(tokens) tokens on \(Kernels.best.name), tolerance \(tolerance)")
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

    private func verifyHyperOFA() throws -> (tokens: Int, deviations: [Deviation]) {
        let network = try HyperOFAHypernetwork(folder: hypernetwork)
        let goldenCase = try HyperOFAGoldenCase(path: caseFile, configuration: network.configuration)
        for words in goldenCase.tokens { try network.validate(words: words) }
        var workspace = HyperOFAWorkspace(network.configuration)
        network.predict(goldenCase.tokens[...], workspace: &workspace)
        return (goldenCase.tokens.count, [goldenCase.deviation(of: workspace.coordinates)])
    }

    private func verifyZeTT() throws -> (tokens: Int, deviations: [Deviation]) {
        let configuration = try ZeTTHypernetwork.readConfiguration(folder: hypernetwork)
        let goldenCase = try GoldenCase(path: caseFile, configuration: configuration)
        let network = try load(goldenCase)
        for token in goldenCase.tokens { try network.validate(sourceIDs: token.ids) }
        var workspace = ZeTTWorkspace(configuration)
        let rows = network.generate(goldenCase.tokens[...], workspace: &workspace)
        return (goldenCase.tokens.count, goldenCase.deviations(of: rows))
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
