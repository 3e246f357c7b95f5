import ArgumentParser
import EmbeddingAPI
import Generation
import Hypernetworks
import Tokenization

/// Gives a model new tokens: in its tokenizer and in its embedding matrices.
struct AddTokens: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-tokens",
        abstract: "Append new tokens and their embeddings to a model, and write it to a new folder that transformers loads.",
        discussion: """
            The file of tokens has one a line; a leading space begins a word and is a part of the token. A file called .jsonl \
            has strings or objects {"token": " Haus", "form": "text", "language": "de"} in its lines.

            Tokens that the model has already are skipped. New ones become added words of the tokenizer: in a vocabulary of words \
            (BERT) a token that begins a word is found only as a whole word, in other vocabularies wherever it stands.
            """)

    @Option(help: ArgumentHelp("The model's folder: config.json, tokenizer.json, weights as safetensors.", valueName: "dir"))
    var model: String

    @Option(help: ArgumentHelp("The file of new tokens.", valueName: "file"))
    var tokens: String

    @Option(help: ArgumentHelp("The folder to write: new or empty.", valueName: "dir"))
    var modelOut: String

    @Option(
        help: ArgumentHelp(
            "Folder of a hypernetwork for this model; without it, the one for all-MiniLM-L6-v2, or none where --method needs none.",
            valueName: "dir"))
    var hypernetwork: String?

    @Option(help: "How tokens are spelled that do not say so themselves.")
    var form: TokenForm = .text

    @Option(help: "What rows tokens get that the base has, if only in other cases.")
    var onExisting: ExistingTokens = .copy

    @OptionGroup(title: "Method") var method: MethodOptions

    @OptionGroup(title: "Model") var parts: ModelPartOptions

    @Option(help: ArgumentHelp("Round the number of rows up to a multiple of this.", valueName: "n"))
    var padToMultipleOf = 1

    /// So many tokens have their rows in memory at a time.
    private static let batchSize = 4096

    func validate() throws {
        guard padToMultipleOf > 0 else { throw ValidationError("--pad-to-multiple-of takes a number above 0.") }
        if method.method == .merge { throw ValidationError("--method merge is for whole vocabularies: see hyperembed transfer.") }
    }

    func run() throws {
        let folder = try ModelFolder(path: model)
        let listed = try ListedToken.list(in: tokens, form: form, language: method.language)
        let words = try AddedWords(listed.map(\.text), for: folder)
        for skipped in words.skipped { print("skipped: \(skipped)") }
        guard !words.words.isEmpty else { throw ValidationError("\(tokens) has no token that the model lacks.") }

        let new = words.words.map { listed[$0.index] }
        let rows = try RowsForTokens(folder, hypernetwork: hypernetwork, parts, options: method.options, onExisting: onExisting)
        let writer = try ModelFolderWriter(
            folder, vocabulary: .appending(words), padToMultipleOf: padToMultipleOf, to: modelOut)
        try writer.append(baseRows: 0..<words.firstID)
        for start in stride(from: 0, to: new.count, by: Self.batchSize) {
            try writer.append(rows.generate(new[start..<min(start + Self.batchSize, new.count)]))
        }
        let remarks = try writer.finish()
        report(words, writer, baseRows: folder.matrices.rows, remarks: remarks)
    }

    private func report(_ words: AddedWords, _ writer: ModelFolderWriter, baseRows: Int, remarks: [String]) {
        print("appended: \(words.words.count) tokens, ids \(words.firstID) to \(writer.tokenRows - 1)")
        print("rows: \(writer.rows), \(writer.rows - writer.tokenRows) of them padding; the base has \(baseRows)")
        if words.firstID < baseRows { print("remark: the base's rows from \(words.firstID) on stood for no token and were taken") }
        for remark in remarks { print("remark: \(remark)") }
        print("wrote \(modelOut)")
    }
}

/// Makes the rows of new tokens of a model.
private struct RowsForTokens {
    private let model: EmbeddingModel
    private let options: RowOptions
    private let onExisting: ExistingTokens
    private let engine = GenerationEngine()

    /// - Parameter hypernetwork: its folder; nil for the default model's, which fits no other base.
    init(
        _ folder: ModelFolder, hypernetwork: String?, _ parts: ModelPartOptions, options: RowOptions, onExisting: ExistingTokens
    ) throws {
        self.options = options
        self.onExisting = onExisting
        let needsOne = options.choice.method == .hypernetwork
        var settings = ModelSettings(name: "base")
        settings.base = folder.path
        settings.hypernetwork = try hypernetwork ?? (needsOne ? Self.defaultHypernetwork(for: folder) : nil)
        settings.parts = parts.paths
        model = try settings.load()
    }

    private static func defaultHypernetwork(for folder: ModelFolder) throws -> String {
        let defaultModel = try DefaultModel.folder()
        let base = try EmbeddingModel.matrices(baseFolder: defaultModel + "/base", layout: nil)
        guard try base.input.isRounding(of: folder.matrices.input) else {
            throw ValidationError(
                """
                Name a hypernetwork for \(folder.path) with --hypernetwork, or a --method that needs none: the default one is for \
                all-MiniLM-L6-v2.
                """)
        }
        return defaultModel + "/hypernetwork"
    }

    func generate(_ tokens: ArraySlice<ListedToken>) throws -> GeneratedRows {
        var request = TokenEmbeddingsRequest(tokens: tokens.map(\.proposal), rows: options)
        request.onExisting = onExisting
        let prepared = try PreparedTokens(request, model: model)
        for (token, warnings) in zip(tokens, prepared.warnings) where !warnings.isEmpty {
            print("remark: \"\(token.text)\": \(warnings.joined(separator: ", "))")
        }
        return try engine.generate(prepared.order, with: model).rows
    }
}
