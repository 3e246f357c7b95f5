import Foundation
import Tensors
import Testing

/// A base folder and a hypernetwork folder as users have them, made of a golden case and a small tokenizer.
struct FolderPair {
    let base: String
    let hypernetwork: String
    let sourceIDs: [[Int]]
    let language: Int
    let expectedInput: [ArraySlice<Float>]
    let expectedBias: [Float]

    init(goldenCase name: String) throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)")
        base = root.appendingPathComponent("base").path
        hypernetwork = root.appendingPathComponent("hypernetwork").path
        for folder in [base, hypernetwork] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Self.tokenizer.write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
        }
        for file in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(atPath: golden(name) + "/" + file, toPath: hypernetwork + "/" + file)
        }
        let file = try SafetensorsFile(path: golden(name) + "/case.safetensors")
        let source = try #require(file["source_embeddings"])
        var writer = SafetensorsWriter()
        writer.add("embeddings.word_embeddings.weight", shape: source.shape, elements: try source.floats())
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: base + "/model.safetensors"))
        try #"{"model_type": "bert"}"#.write(toFile: base + "/config.json", atomically: true, encoding: .utf8)

        let forms = try #require(file["target_surface_forms"])
        let ids = try forms.integers().map(Int.init)
        sourceIDs = (0..<forms.rowCount).map { token in
            ids[token * forms.rowWidth..<(token + 1) * forms.rowWidth].filter { $0 != 1 }
        }
        language = try #require(try file["lang_index"]?.integers().first.map(Int.init))
        let expected = try #require(file["expected_input_embeddings"])
        let rows = try expected.floats()
        expectedInput = (0..<expected.rowCount).map { rows[$0 * expected.rowWidth..<($0 + 1) * expected.rowWidth] }
        expectedBias = try #require(file["expected_bias"]).floats()
    }

    private static let tokenizer = """
        {"version": "1.0", "added_tokens": [], "normalizer": null, "post_processor": null, "decoder": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "",
         "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "a": 2, "b": 3, "Ġ": 4}}}
        """
}
