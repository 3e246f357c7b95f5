import ArgumentParser
import Dispatch
import Foundation
import Generation
import Hypernetworks
import Tensors
import Tokenization

/// Makes the rows of a whole new vocabulary, as `POST /v1/vocabulary-embeddings` does.
struct Transfer: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Generate the embeddings of a whole new vocabulary.",
        discussion: """
            Tokens that the base has, and special tokens, are copied; all others are generated. The result is a safetensors file, a \
            complete Hugging Face folder of the base model with the new vocabulary, or both.
            """)

    @Option(help: ArgumentHelp("The new tokenizer.json, or the folder that it is in.", valueName: "path"))
    var tokenizer: String

    @Option(help: ArgumentHelp("Write the rows to this safetensors file.", valueName: "file"))
    var out: String?

    @Option(help: ArgumentHelp("Write the base model with the new vocabulary to this folder.", valueName: "dir"))
    var modelOut: String?

    @Option(help: ArgumentHelp("Round that model's number of rows up to a multiple of this.", valueName: "n"))
    var padToMultipleOf = 1

    @Option(help: "What becomes of tokens that the base has, other than special ones.")
    var onExisting: ExistingTokens = .copy

    @Option(help: "How numbers are written in the safetensors file.")
    var dtype: FloatFormat = .float32

    @OptionGroup(title: "Method") var method: MethodOptions

    @OptionGroup(title: "Engine") var engine: EngineOptions

    @OptionGroup(title: "Model") var model: ModelOptions

    func validate() throws {
        guard out != nil || modelOut != nil else { throw ValidationError("Name --out, --model-out, or both.") }
        guard padToMultipleOf > 0 else { throw ValidationError("--pad-to-multiple-of takes a number above 0.") }
        if [.description, .explicit].contains(method.method) {
            throw ValidationError("--method \(method.method.rawValue) is for single tokens, not for a vocabulary.")
        }
    }

    func run() throws {
        let path = tokenizerFile
        let source = try MappedFile(path: path)
        let bytes = source.bytes(in: 0..<source.count)
        let document = try TokenizerDocument(parsing: bytes, file: path)
        // Nothing asks for a row twice, unless it goes to two places.
        let model = try model.load(cacheBytes: out != nil && modelOut != nil ? engine.cacheBytes : 0)
        var options = method.options
        options.format = dtype
        if options.choice.method == .merge { options.choice.merges = try MergeRules(rules: document.merges()) }
        let transfer = try VocabularyTransfer(
            document.listing(), source: bytes, model: model, options: options, onExisting: onExisting)
        report(transfer)
        let engine = GenerationEngine(engine.configuration)
        if let out { try write(transfer, to: out, engine) }
        if let modelOut { try write(transfer, toFolder: modelOut, engine) }
    }

    private var tokenizerFile: String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: tokenizer, isDirectory: &isFolder), isFolder.boolValue else { return tokenizer }
        return tokenizer + "/tokenizer.json"
    }

    private func report(_ transfer: VocabularyTransfer) {
        let counts = RowStatus.allCases.map { "\(transfer.plan.count(of: $0)) \($0.rawValue)" }
        print("\(transfer.plan.count) ids: \(counts.joined(separator: ", "))")
    }

    /// The file appears under its name once it is complete.
    private func write(_ transfer: VocabularyTransfer, to path: String, _ engine: GenerationEngine) throws {
        let draft = DraftFile(for: path)
        try Data().write(to: URL(fileURLWithPath: draft.path))
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: draft.path))
        var progress = ProgressLine("transfer", unit: "MB", total: Double(transfer.file.count) / 1e6)
        let stream = try transfer.stream(on: engine)
        while let bytes = try stream.wait() {
            try output.write(contentsOf: bytes)
            progress.advance(by: Double(bytes.count) / 1e6)
        }
        try output.synchronize()
        try output.close()
        try draft.publish()
        progress.finish("wrote \(path)")
    }

    /// The base model's folder with the new vocabulary.
    private func write(_ transfer: VocabularyTransfer, toFolder path: String, _ engine: GenerationEngine) throws {
        let base = try ModelFolder(path: model.settings.folders().base, layout: model.settings.layout)
        let writer = try ModelFolderWriter(
            base, vocabulary: .replacing(tokenizer: tokenizer), padToMultipleOf: padToMultipleOf, to: path)
        var progress = ProgressLine("transfer", unit: "rows", total: Double(transfer.plan.count))
        let rows = try transfer.rows(on: engine)
        while let slice = try rows.wait() {
            try writer.append(slice)
            progress.advance(by: Double(slice.count))
        }
        let remarks = try writer.finish()
        progress.finish("wrote \(path)")
        for remark in remarks { print(remark) }
    }
}
