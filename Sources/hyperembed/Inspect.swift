import ArgumentParser
import Foundation
import Generation
import Hypernetworks
import Tensors

/// Prints what a model is, and what its rows would lose in each format of its weights.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what a model is: its matrices, its shape, its digest, its memory and error in each weight format.",
        discussion: """
            The errors are measured on this model: rows of \(tokenCount) tokens, made of random pieces of the base vocabulary (the \
            same ones in every run), beside those of float32 weights.
            """)

    @OptionGroup var options: ModelOptions

    private static let tokenCount = 256

    func run() throws {
        let model = try options.load()
        describe(model)
        guard let hypernetwork = model.predictor?.hypernetwork else { return }
        print("")
        try compareFormats(model, hypernetwork)
    }

    private func describe(_ model: EmbeddingModel) {
        let base = model.base
        line("base", "\(base.rows) rows x \(base.dimension), \(base.output == nil ? "tied" : "untied")")
        line("  input", "\(base.input.key) (\(base.input.type.rawValue)) in \(base.input.path)")
        if let output = base.output { line("  output", "\(output.key) (\(output.type.rawValue)) in \(output.path)") }
        switch model.predictor?.hypernetwork {
        case .zett(let network)?: describe(network.configuration)
        case .hyperOFA(let network)?: describe(network.configuration)
        case nil: break
        }
        line("digest", "\(model.digest) (\(options.weights.rawValue) weights)")
    }

    private func describe(_ configuration: ZeTTConfiguration) {
        line("hypernetwork", "ZeTT, \(configuration.layers) layers")
        line("  hidden", "\(configuration.hiddenSize), \(configuration.attentionHeads) attention heads")
        line("  intermediate", "\(configuration.intermediateSize)")
        line("  reads", "1 to \(configuration.maximumLength) source ids of \(configuration.sourceIDLimit)")
        line("  languages", languages(of: configuration))
    }

    private func describe(_ configuration: HyperOFAConfiguration) {
        line("hypernetwork", "HyperOFA, \(configuration.layers) layers")
        switch configuration.encoder {
        case .biLSTM(let hiddenSize): line("  hidden", "\(hiddenSize) in each direction of a BiLSTM")
        case .setFormer(let heads): line("  hidden", "\(configuration.wordSize), \(heads) attention heads of a SetFormer")
        }
        line("  reads", "1 to \(configuration.maximumWords) of \(configuration.wordCount) words")
        line("  predicts", "\(configuration.outputSize) coordinates")
    }

    private func languages(of configuration: ZeTTConfiguration) -> String {
        guard let count = configuration.languages else { return "does not look at the language" }
        let codes = configuration.languageCodes
        return "\(count)" + (codes.isEmpty ? "" : ": \(codes.joined(separator: " "))")
    }

    private func compareFormats(_ model: EmbeddingModel, _ hypernetwork: Hypernetwork) throws {
        var samples = SampleTokens()
        let tokens = samples.draw(Self.tokenCount, for: hypernetwork)
        let longest = tokens.map(\.ids.count).max() ?? 0
        print("rows of \(tokens.count) tokens of 1 to \(longest) pieces beside float32's, on \(Kernels.best.name)")
        print("weights    packed bytes   largest error   mean error   smallest cosine")
        var reference: GeneratedRows?
        for format in FloatFormat.allCases {
            do {
                let hypernetwork = try options.hypernetwork(of: model, weightFormat: format)
                var workspace = HypernetworkWorkspace()
                let rows = hypernetwork.generate(tokens[...], workspace: &workspace)
                // float32 is the first of all cases: it is compared with itself.
                let errors = RowErrors(of: rows, from: reference ?? rows)
                if reference == nil { reference = rows }
                print(
                    format.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
                        + "\(hypernetwork.packedByteCount)".rightAligned(14) + String(format: "%.2e", errors.largest).rightAligned(16)
                        + String(format: "%.2e", errors.mean).rightAligned(13)
                        + String(format: "%.9f", errors.smallestCosine).rightAligned(18))
            } catch let error as TensorFileError {
                print("\(format.rawValue): \(error)")
            }
        }
    }

    private func line(_ name: String, _ text: String) { print(name.padding(toLength: 16, withPad: " ", startingAt: 0) + text) }
}
