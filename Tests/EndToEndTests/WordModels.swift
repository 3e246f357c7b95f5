import Foundation
import Tensors

/// A service with models that look at words and donors, over the embedded base:
///
/// - `hyperofa`: a golden hypernetwork, which reads 150 words and predicts 32 coordinates, with a table of as many words.
/// - `words`: vectors of the base's tokens that are made of a little of GloVe, and a donor of nine shared words.
final class WordModels {
    let server: ServerProcess
    /// The file of the vectors of the base's tokens.
    let tokenVectors: String
    private let scratch: Scratch

    static let base =
        ServerProcess.binary.deletingLastPathComponent().appendingPathComponent("hyperembed_Generation.resources/minilm/base").path
    static let hypernetwork = golden("hyperofa-bilstm-2-layers")
    static let glove = fixture("glove/glove.kv")

    /// - Parameter names: of the models that are loaded, beside the default one.
    init(_ names: [String] = ["hyperofa", "words"]) throws {
        scratch = try Scratch()
        let (words, donor) = (scratch.path + "/words.vec", scratch.path + "/donor")
        tokenVectors = scratch.path + "/tokens.safetensors"
        try Self.writeWords(to: words)
        try Self.writeDonor(to: donor)
        let made = try run(
            ServerProcess.binary.path,
            ["token-vectors", "--base", Self.base, "--word-vectors", Self.glove, "--out", tokenVectors])
        guard made.status == 0 else { throw Failure(description: made.error) }
        let settings = [
            "default": "hypernetwork: \(Self.base)/../hypernetwork",
            "hyperofa": "hypernetwork: \(Self.hypernetwork), word_vectors: \(words)",
            "words": "word_vectors: \(Self.glove), token_vectors: \(tokenVectors), donor: \(donor)",
        ]
        let configuration = scratch.path + "/hyperembed.yaml"
        let models = (["default"] + names).map { "  \($0): {base: \(Self.base), \(settings[$0] ?? "")}\n" }
        try ("models:\n" + models.joined()).write(toFile: configuration, atomically: true, encoding: .utf8)
        server = try ServerProcess(["--config", configuration])
    }

    private struct Failure: Error, CustomStringConvertible { let description: String }

    /// Their vectors do not matter: the checkpoint has its own.
    private static func writeWords(to path: String) throws {
        let named = [7: "blockchain", 40: "chains", 99: "Chain"]
        let lines = ["150 2"] + (0..<150).map { "\(named[$0] ?? "w\($0)") 1 2" }
        try lines.joined(separator: "\n").appending("\n").write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// Words that the base has too, each with a dimension of its own.
    private static let shared = ["the", "block", "chain", "of", "and", "word", "new", "to"]
    /// Words that it lacks, as sums of shared ones.
    private static let lacked = [("blockchain", [1: Float(0.5), 2: 0.25]), ("qblock", [1: 1.5, 2: -0.5])]

    private static func writeDonor(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let words = ["[UNK]"] + shared + lacked.map(\.0)
        let vocabulary = words.enumerated().map { #""\#($1)": \#($0)"# }.joined(separator: ", ")
        try """
            {"version": "1.0", "normalizer": null, "post_processor": null, "pre_tokenizer": {"type": "BertPreTokenizer"},
             "added_tokens": [{"id": 0, "content": "[UNK]", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}],
             "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
             "max_input_chars_per_word": 100, "vocab": {\(vocabulary)}}}
            """.write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
        var rows = [[Float](repeating: 0, count: shared.count)]
        rows += shared.indices.map { place in shared.indices.map { $0 == place ? 1 : 0 } }
        rows += lacked.map { sum in shared.indices.map { sum.1[$0] ?? 0 } }
        var weights = SafetensorsWriter()
        weights.add("model.embed_tokens.weight", shape: [rows.count, shared.count], elements: rows.flatMap(\.self))
        try Data(weights.encoded()).write(to: URL(fileURLWithPath: folder + "/model.safetensors"))
        try #"{"model_type": "llama", "tie_word_embeddings": true}"#.write(
            toFile: folder + "/config.json", atomically: true, encoding: .utf8)
    }
}
