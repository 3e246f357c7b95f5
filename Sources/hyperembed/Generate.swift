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

    @Option(help: "Language code, for a hypernetwork that looks at the language.")
    var language: String?

    @Option(name: [.short, .long], help: ArgumentHelp("Write the rows to this safetensors file instead.", valueName: "file"))
    var output: String?

    @OptionGroup var model: ModelOptions

    func run() throws {
        let model = try model.load()
        let request = TokenEmbeddingsRequest(
            tokens: tokens.map { TokenProposal(.token($0, form), language: language) })
        let prepared = try PreparedTokens(request, model: model)
        let rows = try GenerationEngine().generate(prepared.inputs, with: model.generator)
        let response = try TokenEmbeddingsResponse(request, tokens: prepared, rows: rows)
        if let output {
            try write(rows, response, to: output)
        } else {
            FileHandle.standardOutput.write(Data(response.encoded() + [UInt8(ascii: "\n")]))
        }
    }

    private func write(_ rows: GeneratedRows, _ response: TokenEmbeddingsResponse, to path: String) throws {
        var writer = SafetensorsWriter(metadata: response.metadata)
        let shape = [rows.count, rows.dimension]
        writer.add("input_embeddings", shape: shape, elements: rows.input.elements())
        if let output = rows.output { writer.add("output_embeddings", shape: shape, elements: output.elements()) }
        if let bias = rows.bias { writer.add("bias", shape: [rows.count], elements: bias.elements()) }
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
