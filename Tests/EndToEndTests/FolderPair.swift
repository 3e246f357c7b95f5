import Foundation
import Tensors
import Testing

/// A folder for the files of a test, which is removed with everything in it.
final class Scratch {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A base folder and a hypernetwork folder as users have them, made of a golden case and a small tokenizer.
final class FolderPair {
    let base: String
    let hypernetwork: String
    let sourceIDs: [[Int]]
    /// Nil if the hypernetwork looks at no language.
    let language: Int?
    let expectedInput: [ArraySlice<Float>]
    /// Empty for a tied base.
    let expectedOutput: [ArraySlice<Float>]
    /// Empty if the hypernetwork predicts no biases.
    let expectedBias: [Float]
    private let scratch: Scratch

    /// - Parameter constantRows: rows of the base by id, all of whose numbers are replaced by one.
    init(goldenCase name: String, constantRows: [Int: Float] = [:]) throws {
        scratch = try Scratch()
        base = scratch.path + "/base"
        hypernetwork = scratch.path + "/hypernetwork"
        for folder in [base, hypernetwork] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Self.tokenizer.write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
        }
        for file in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(atPath: golden(name) + "/" + file, toPath: hypernetwork + "/" + file)
        }
        let file = try SafetensorsFile(path: golden(name) + "/case.safetensors")
        expectedInput = try Self.rows(of: #require(file["expected_input_embeddings"]))
        expectedOutput = try file["expected_output_embeddings"].map(Self.rows) ?? []
        expectedBias = try file["expected_bias"]?.floats() ?? []
        language = try file["lang_index"]?.integers().first.map(Int.init)
        let padding = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: hypernetwork + "/config.json")))
        let paddingID = try #require((padding as? [String: Any])?["pad_token_id"] as? Int)
        let forms = try #require(file["target_surface_forms"])
        let ids = try forms.integers().map(Int.init)
        sourceIDs = (0..<forms.rowCount).map { token in
            ids[token * forms.rowWidth..<(token + 1) * forms.rowWidth].filter { $0 != paddingID }
        }

        // What a hypernetwork for an untied base reads is its two matrices, side by side.
        var source = try Self.rows(of: #require(file["source_embeddings"])).map(Array.init)
        for (id, number) in constantRows { source[id] = source[id].map { _ in number } }
        let isTied = expectedOutput.isEmpty
        var writer = SafetensorsWriter()
        for (index, key) in ["model.embed_tokens.weight", "lm_head.weight"].prefix(isTied ? 1 : 2).enumerated() {
            let width = expectedInput[0].count
            writer.add(key, shape: [source.count, width], elements: source.flatMap { $0[index * width..<(index + 1) * width] })
        }
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: base + "/model.safetensors"))
        try #"{"model_type": "llama", "tie_word_embeddings": \#(isTied)}"#.write(
            toFile: base + "/config.json", atomically: true, encoding: .utf8)
    }

    /// The options by which `serve` finds the pair.
    var options: [String] { ["--base", base, "--hypernetwork", hypernetwork] }

    private static func rows(of tensor: MappedTensor) throws -> [ArraySlice<Float>] {
        let elements = try tensor.floats()
        return (0..<tensor.rowCount).map { elements[$0 * tensor.rowWidth..<($0 + 1) * tensor.rowWidth] }
    }

    private static let tokenizer = """
        {"version": "1.0", "added_tokens": [], "normalizer": null, "post_processor": null, "decoder": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "",
         "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "a": 2, "b": 3, "Ġ": 4}}}
        """
}
