import ArgumentParser
import EmbeddingAPI
import Foundation
import Generation
import HTTPServer
import Tokenization

/// Draws where new tokens fall among the base's rows.
struct Map: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw where the rows of new tokens fall among the base model's rows, as an SVG picture.",
        discussion: """
            The base's rows are a cloud in the plane of their first two principal components, the new tokens are marks on it \
            with their names. The plane is the base's alone: a token has the same place in every picture.

            The file of tokens has one a line; a leading space begins a word and is a part of the token. A file called .jsonl \
            has strings or objects {"token": " Haus", "form": "text", "language": "de"} in its lines.
            """)

    @Option(help: ArgumentHelp("The file of new tokens; - for standard input.", valueName: "file"))
    var tokens: String

    @Option(help: ArgumentHelp("The picture to write; - for standard output.", valueName: "file"))
    var out: String

    @Option(help: "How tokens are spelled that do not say so themselves.")
    var form: TokenForm = .text

    @OptionGroup(title: "Method") var method: MethodOptions

    @OptionGroup(title: "Model") var model: ModelOptions

    func validate() throws {
        if method.method == .merge { throw ValidationError("--method merge needs merges; ask the service for it.") }
    }

    func run() throws {
        let file = try TokenFile(path: tokens, form: form, language: method.language)
        guard !file.tokens.isEmpty else { throw ValidationError("\(tokens) has no tokens.") }
        let limit = EmbeddingMap.maximumTokens
        guard file.tokens.count <= limit else {
            throw ValidationError("\(tokens) has \(file.tokens.count) tokens; a picture shows \(limit) at most.")
        }
        let model = try model.load()
        let request = TokenEmbeddingsRequest(tokens: file.tokens, rows: method.options)
        var progress = ProgressLine("map", unit: "tokens", total: Double(file.tokens.count))
        do {
            let prepared = try PreparedTokens(request, model: model)
            let generated = try GenerationEngine().generate(prepared.order, with: model)
            let map = try EmbeddingMap(request, tokens: prepared, rows: generated.rows)
            try write(map.svg())
            progress.advance(by: Double(file.tokens.count))
        } catch let problem as Problem {
            throw file.error(problem)
        }
        progress.finish("wrote \(out == "-" ? "standard output" : out)")
    }

    private func write(_ picture: [UInt8]) throws {
        if out == "-" {
            try FileHandle.standardOutput.write(contentsOf: Data(picture))
        } else {
            try Data(picture).write(to: URL(fileURLWithPath: out), options: .atomic)
        }
    }
}
