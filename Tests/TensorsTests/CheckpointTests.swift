import Foundation
import JSON
import Tensors
import Testing

@Suite struct CheckpointTests {
    @Test func readsShards() throws {
        let checkpoint = try Checkpoint(folder: fixture("safetensors/sharded"))
        let expected = try JSONDocument(parsing: Array(Data(contentsOf: URL(fileURLWithPath: fixture("safetensors/sharded-expected.json")))))
        #expect(checkpoint.files.count == 2)
        for (key, values) in expected.root.members {
            let tensor = try #require(checkpoint[key.string ?? ""])
            #expect(try tensor.floats() == values.elements.compactMap(\.double).map(Float.init))
        }
    }

    @Test func namesWhatIsMissing() throws {
        let checkpoint = try Checkpoint(folder: fixture("safetensors/single"))
        #expect(throws: TensorFileError.missingTensor(key: "x", file: fixture("safetensors/single/model.safetensors"))) {
            _ = try checkpoint.tensor("x", shape: [1])
        }
        #expect(throws: TensorFileError.noCheckpoint(
            folder: fixture("safetensors"), lookedFor: ["model.safetensors", "model.safetensors.index.json"])
        ) {
            _ = try Checkpoint(folder: fixture("safetensors"))
        }
    }

    @Test(arguments: [
        (#"{"weight_map":{"x":"../secret.safetensors"}}"#, "no file name"), (#"{"weight_map":{"x":"/etc/passwd"}}"#, "no file name"),
        (#"{"weight_map":{"x":3}}"#, "no file name"), (#"{"weight_map":[]}"#, "no weight_map"), ("{", "ends too early"),
        (#"{"weight_map":{"x":"absent.safetensors"}}"#, "does not exist, and"),
        (#"{"weight_map":{"x":"model.safetensors"}}"#, "no tensor \"x\""),
    ])
    func refusesIndexesThatDoNotHold(index: String, problem: String) throws {
        let scratch = try Scratch()
        let folder = scratch.newPath()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: fixture("safetensors/single/model.safetensors"), toPath: folder + "/model.safetensors")
        try index.write(toFile: folder + "/model.safetensors.index.json", atomically: true, encoding: .utf8)
        let error = #expect(throws: TensorFileError.self) { _ = try Checkpoint(folder: folder) }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }
}

@Suite struct EmbeddingLayoutTests {
    private func layout(_ configuration: String) throws -> EmbeddingLayout {
        try EmbeddingLayout(configuration: JSONDocument(parsing: Array(configuration.utf8)).root)
    }

    /// Input tensor, output tensor and tying of each family, as `transformers` saves its models with and without their heads.
    @Test(arguments: [
        ("bert", "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight", true),
        ("bert", "embeddings.word_embeddings.weight", "cls.predictions.decoder.weight", true),
        ("roberta", "roberta.embeddings.word_embeddings.weight", "lm_head.decoder.weight", true),
        ("xlm-roberta", "roberta.embeddings.word_embeddings.weight", "lm_head.decoder.weight", true),
        ("gpt2", "transformer.wte.weight", "lm_head.weight", true), ("gpt2", "wte.weight", "lm_head.weight", true),
        ("gpt_neox", "gpt_neox.embed_in.weight", "embed_out.weight", false),
        ("llama", "model.embed_tokens.weight", "lm_head.weight", false),
        ("mistral", "model.embed_tokens.weight", "lm_head.weight", false),
        ("qwen2", "model.embed_tokens.weight", "lm_head.weight", false),
        ("qwen3", "embed_tokens.weight", "lm_head.weight", false),
        ("phi3", "model.embed_tokens.weight", "lm_head.weight", false),
        ("gemma", "model.embed_tokens.weight", "lm_head.weight", true),
        ("mpnet", "mpnet.embeddings.word_embeddings.weight", "lm_head.decoder.weight", true),
        ("distilbert", "distilbert.embeddings.word_embeddings.weight", "vocab_projector.weight", true),
        ("albert", "albert.embeddings.word_embeddings.weight", "predictions.decoder.weight", true),
        ("modernbert", "model.embeddings.tok_embeddings.weight", "decoder.weight", true),
        ("t5", "shared.weight", "lm_head.weight", true), ("mt5", "shared.weight", "lm_head.weight", true),
        ("bloom", "transformer.word_embeddings.weight", "lm_head.weight", true),
        ("falcon", "word_embeddings.weight", "lm_head.weight", true),
        ("opt", "model.decoder.embed_tokens.weight", "lm_head.weight", true),
        ("gemma2", "model.embed_tokens.weight", "lm_head.weight", true),
    ])
    func knowsTheFamilies(modelType: String, input: String, output: String, isTied: Bool) throws {
        let layout = try layout("{\"model_type\": \"\(modelType)\"}")
        #expect(layout.inputKeys.contains(input) && layout.outputKeys == [output] && layout.isTied == isTied)
    }

    /// The bias of the language model's head: a number a row, where a family has one and the checkpoint keeps it.
    @Test func findsTheBias() throws {
        #expect(try layout(#"{"model_type": "bert"}"#).biasKeys == ["cls.predictions.bias", "cls.predictions.decoder.bias"])
        #expect(try layout(#"{"model_type": "xlm-roberta"}"#).biasKeys == ["lm_head.bias", "lm_head.decoder.bias"])
        #expect(try layout(#"{"model_type": "gpt2"}"#).biasKeys.isEmpty)
        let scratch = try Scratch()
        let path = scratch.newPath()
        for (shape, isRight) in [([3], true), ([3, 1], false), ([2], false), (nil, true)] as [([Int]?, Bool)] {
            var writer = SafetensorsWriter()
            writer.add("embeddings.word_embeddings.weight", shape: [3, 2], elements: [1, 2, 3, 4, 5, 6])
            if let shape {
                writer.add("cls.predictions.bias", shape: shape, elements: Array(repeating: 7, count: shape.reduce(1, *)))
            }
            try Data(writer.encoded()).write(to: URL(fileURLWithPath: path))
            let matrices = Result {
                try EmbeddingMatrices(checkpoint: Checkpoint(file: path), layout: layout(#"{"model_type": "bert"}"#))
            }
            if isRight {
                #expect(try matrices.get().bias?.floats() == shape.map { _ in [7, 7, 7] })
            } else {
                let expected = TensorFileError.wrongShape(
                    key: "cls.predictions.bias", file: path, expected: [3], found: shape ?? [])
                #expect(throws: expected) { _ = try matrices.get() }
            }
        }
    }

    @Test func theConfigurationDecidesAboutTying() throws {
        #expect(try layout(#"{"model_type": "qwen2", "tie_word_embeddings": true}"#).isTied)
        #expect(try !layout(#"{"model_type": "gpt2", "tie_word_embeddings": false}"#).isTied)
        #expect(throws: EmbeddingLayoutError.unknownModelType("mamba")) { _ = try layout(#"{"model_type": "mamba"}"#) }
        #expect(throws: EmbeddingLayoutError.unknownModelType("")) { _ = try layout("[]") }
    }

    @Test func findsTheMatrices() throws {
        let checkpoint = try Checkpoint(folder: fixture("safetensors/sharded"))
        let untied = try EmbeddingMatrices(checkpoint: checkpoint, layout: layout(#"{"model_type": "llama"}"#))
        #expect(untied.input.key == "model.embed_tokens.weight" && untied.output?.key == "lm_head.weight")
        #expect(untied.rows == 6 && untied.dimension == 4)
        let tied = try EmbeddingMatrices(checkpoint: checkpoint, layout: layout(#"{"model_type": "gemma"}"#))
        #expect(tied.output == nil)
        #expect(throws: EmbeddingLayoutError.self) {
            _ = try EmbeddingMatrices(checkpoint: checkpoint, layout: layout(#"{"model_type": "bert"}"#))
        }
        #expect(throws: EmbeddingLayoutError.notAMatrix(key: "model.norm.weight", shape: [4])) {
            let layout = EmbeddingLayout(inputKeys: ["model.norm.weight"], outputKeys: [], isTied: true)
            _ = try EmbeddingMatrices(checkpoint: checkpoint, layout: layout)
        }
    }
}
