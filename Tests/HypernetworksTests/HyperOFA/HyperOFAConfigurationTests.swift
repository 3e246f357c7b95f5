import Foundation
import Hypernetworks
import Tensors
import Testing

@Suite struct HyperOFAConfigurationTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let biLSTM = [
        "dropout": "0.3", "emb_dim": "20", "hidden_dim": "48", "max_context_size": "256", "num_layers": "2", "output_dim": "32",
        "padding_idx": "150",
    ]

    /// The configuration of a golden case with some of its values replaced; an empty one is left out.
    private func write(_ changes: [String: String]) throws -> String {
        let values = Self.biLSTM.merging(changes) { $1 }.filter { !$0.value.isEmpty }
        return try write(text: "model_hps:\n" + values.map { "  \($0.key): \($0.value)\n" }.sorted().joined())
    }

    private func write(text: String) throws -> String {
        let path = scratch.newPath()
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func readsBothKinds() throws {
        let biLSTM = try HyperOFAConfiguration(path: golden("hyperofa-bilstm-2-layers/model_config.yaml"))
        #expect(
            biLSTM
                == HyperOFAConfiguration(
                    encoder: .biLSTM(hiddenSize: 48), layers: 2, wordSize: 20, maximumWords: 256, wordCount: 150, outputSize: 32))
        let setFormer = try HyperOFAConfiguration(path: golden("hyperofa-setformer/model_config.yaml"))
        #expect(setFormer.encoder == .setFormer(heads: 5) && setFormer.layers == 3)
    }

    @Test(arguments: [
        ("num_layers", "0"), ("num_layers", "65"), ("num_layers", "two"), ("emb_dim", "65537"), ("emb_dim", "-20"),
        ("hidden_dim", "1e9"), ("hidden_dim", "9999999999999999999999"), ("max_context_size", "0"), ("padding_idx", "2147483648"),
        ("output_dim", "3.5"), ("output_dim", "[32]"), ("output_dim", "true"),
    ])
    func invalidValuesAreNamed(key: String, value: String) throws {
        let path = try write([key: value])
        let error = #expect(throws: HyperOFAError.self) { try HyperOFAConfiguration(path: path) }
        guard case .invalidValue("model_hps.\(key)", let found, _, path) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(found == (value == "[32]" ? "no number" : value))
    }

    @Test(arguments: ["num_layers", "emb_dim", "max_context_size", "padding_idx", "output_dim"])
    func missingKeysAreNamed(key: String) throws {
        let path = try write([key: ""])
        #expect(throws: HyperOFAError.missingKey("model_hps.\(key)", file: path)) { try HyperOFAConfiguration(path: path) }
    }

    @Test func theEncoderIsOneOfTwo() throws {
        let neither = try write(["hidden_dim": ""])
        #expect(throws: HyperOFAError.missingKey("model_hps.hidden_dim, or num_heads", file: neither)) {
            try HyperOFAConfiguration(path: neither)
        }
        let both = try write(["num_heads": "5"])
        #expect(throws: HyperOFAError.self) { try HyperOFAConfiguration(path: both) }
        let uneven = try write(["hidden_dim": "", "num_heads": "3"])
        #expect(
            throws: HyperOFAError.invalidValue(
                key: "model_hps.num_heads", value: "3", expected: "a divisor of 20", file: uneven)
        ) { try HyperOFAConfiguration(path: uneven) }
    }

    @Test(arguments: [
        "", "model_hps", "model_hps: 3", "other: {}", "- model_hps", "model_hps: {", "model_hps: {a: 1, a: 2}",
        "a: &a [1]\nmodel_hps: {*a : 1}", String(repeating: "[", count: 60_000), String(repeating: "a: ", count: 1_000),
        String(repeating: "#", count: 70_000),
    ])
    func whatIsNoConfigurationIsRefused(text: String) throws {
        let path = try write(text: text)
        #expect(throws: HyperOFAError.self) { try HyperOFAConfiguration(path: path) }
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let path = scratch.newPath()
        let error = #expect(throws: HyperOFAError.self) { try HyperOFAConfiguration(path: path) }
        #expect(error?.description.contains(path) == true)
        try Data([0xFF, 0xFE]).write(to: URL(fileURLWithPath: path))
        #expect(throws: HyperOFAError.unreadableConfiguration(file: path, reason: "not UTF-8")) {
            try HyperOFAConfiguration(path: path)
        }
    }

    // MARK: Against the checkpoint

    private func load(_ name: String, _ change: (inout HyperOFAConfiguration) -> Void) throws {
        var configuration = try HyperOFAConfiguration(path: golden(name + "/model_config.yaml"))
        change(&configuration)
        _ = try HyperOFAHypernetwork(
            configuration: configuration, checkpoint: TorchCheckpoint(path: golden(name + "/model.ckpt")))
    }

    @Test func otherShapesAreNamed() throws {
        let name = "hyperofa-bilstm-2-layers"
        let file = golden(name + "/model.ckpt")
        #expect(
            throws: TensorFileError.wrongShape(
                key: "model.word_vector_emb_layer.weight", file: file, expected: [150, 20], found: [151, 20])
        ) { try load(name) { $0.wordCount = 149 } }
        #expect(
            throws: TensorFileError.wrongShape(
                key: "model.lstm.bias_ih_l0", file: file, expected: [188], found: [192])
        ) { try load(name) { $0.encoder = .biLSTM(hiddenSize: 47) } }
        #expect(
            throws: TensorFileError.wrongShape(
                key: "model.linear_output_layers.0.weight", file: file, expected: [66, 96], found: [64, 96])
        ) { try load(name) { $0.outputSize = 33 } }
    }

    @Test(arguments: HyperOFAGoldenTests.cases) func otherNumbersOfLayersAreNamed(name: String) throws {
        #expect(throws: HyperOFAError.self) { try load(name) { $0.layers -= 1 } }
        let error = #expect(throws: TensorFileError.self) { try load(name) { $0.layers += 1 } }
        guard case .missingTensor = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func theOtherEncoderIsMissed() throws {
        let error = #expect(throws: TensorFileError.self) {
            try load("hyperofa-bilstm-2-layers") { $0.encoder = .setFormer(heads: 5) }
        }
        guard case .missingTensor = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
