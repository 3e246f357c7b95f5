import ArgumentParser
import EmbeddingAPI
import Foundation
import Generation
import HTTPServer
import Hypernetworks
import Tensors
import Tokenization

extension TokenForm: ExpressibleByArgument {}

/// Generates rows for tokens named on the command line, without a server.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Generate embeddings for new tokens: JSON on standard output, or a safetensors file.",
        discussion: """
            A token's leading space begins a word: hyperembed generate ' blockchain' ' tokenization'
            """)

    @Argument(help: "The tokens.")
    var tokens: [String]

    @Option(help: "How the tokens are spelled.")
    var form: TokenForm = .text

    @Option(name: [.short, .long], help: ArgumentHelp("Write the rows to this safetensors file instead.", valueName: "file"))
    var output: String?

    @OptionGroup(title: "Method") var method: MethodOptions

    @OptionGroup(title: "Model") var model: ModelOptions

    func validate() throws {
        if [.merge, .description, .explicit].contains(method.method) {
            throw ValidationError("--method \(method.method.rawValue) needs more than tokens; ask the service for it.")
        }
    }

    func run() throws {
        let model = try model.load()
        let request = TokenEmbeddingsRequest(
            tokens: tokens.map { TokenProposal(.token($0, form), language: method.language) }, rows: method.options)
        let prepared = try PreparedTokens(request, model: model)
        let generated = try GenerationEngine().generate(prepared.order, with: model)
        let response = try TokenEmbeddingsResponse(request, tokens: prepared, rows: generated.rows)
        if let output {
            try Data(response.safetensors()).write(to: URL(fileURLWithPath: output), options: .atomic)
        } else {
            FileHandle.standardOutput.write(Data(try response.json() + [UInt8(ascii: "\n")]))
        }
    }
}
