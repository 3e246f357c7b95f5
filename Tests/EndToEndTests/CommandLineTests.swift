import Foundation
import Generation
import Tensors
import Testing

/// `generate`, `verify` and `bench` as a person at a shell uses them.
@Suite struct CommandLineTests {
    private func hyperembed(_ arguments: String...) throws -> (status: Int32, output: Data, error: String) {
        try run(ServerProcess.binary.path, arguments)
    }

    @Test func generatesJSONLikeTheServer() throws {
        let result = try hyperembed("generate", " blockchain", " tokenization")
        #expect(result.status == 0)
        let server = try ServerProcess()
        let answer = try server.post("/v1/token-embeddings", json: ["tokens": [" blockchain", " tokenization"]])
        #expect(result.output.dropLast() == answer.body)
    }

    @Test func writesSafetensors() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let result = try hyperembed("generate", "--form", "byte_level", "--output", path, "Ġblockchain", "ĠBlockchain")
        #expect(result.status == 0 && result.output.isEmpty)
        let file = try SafetensorsFile(path: path)
        let rows = try #require(file["input_embeddings"]).expecting(shape: [2, 384]).floats()
        let expected = try #require(SafetensorsFile(path: golden("minilm-words/case.safetensors"))["expected_input_embeddings"])
        let goldenRows = try expected.floats()
        // The reference case begins with these two, the plain-text form of the first between them.
        for (row, reference) in [(0, 0), (1, 2)] {
            let worst = zip(rows[row * 384..<(row + 1) * 384], goldenRows[reference * 384..<(reference + 1) * 384])
                .map { abs($0 - $1) }.max()
            #expect(worst ?? 1 < 1e-4)
        }
        #expect(file.metadata["tokens"] == #"["Ġblockchain","ĠBlockchain"]"#)
        #expect(file.metadata["digest"]?.hasPrefix("sha256:") == true)
    }

    @Test func refusesBadTokens() throws {
        let result = try hyperembed("generate", "a", "")
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.error == "Error: The request is not valid: /tokens/1: the token is empty\n")
    }

    /// An installation: the binary with its resources beside it, called from elsewhere through a link.
    @Test func findsTheDefaultModelBesideTheBinary() throws {
        let manager = FileManager.default
        let installation = manager.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)")
        try manager.createDirectory(at: installation, withIntermediateDirectories: true)
        defer { try? manager.removeItem(at: installation) }
        let binary = installation.appendingPathComponent("hyperembed")
        let link = installation.appendingPathComponent("link")
        let resources = installation.appendingPathComponent("hyperembed_Generation.resources")
        try manager.copyItem(at: ServerProcess.binary, to: binary)
        try manager.createSymbolicLink(at: link, withDestinationURL: binary)

        let missing = try run(link.path, ["generate", " blockchain"])
        #expect(missing.status == 1 && missing.error.contains("looked for \(resources.path)/minilm"))
        try manager.createSymbolicLink(
            at: resources,
            withDestinationURL: ServerProcess.binary.deletingLastPathComponent().appendingPathComponent(resources.lastPathComponent))
        let found = try run(link.path, ["generate", " blockchain"])
        #expect(try found.status == 0 && found.output == hyperembed("generate", " blockchain").output)
    }

    @Test(arguments: [
        "zett-tied-lang-bias", "zett-untied-single-head", "zett-untied-two-heads", "hyperofa-bilstm-2-layers",
        "hyperofa-setformer",
    ])
    func verifiesGoldenCases(name: String) throws {
        let arguments = ["verify", "--hypernetwork", golden(name), "--case", golden(name) + "/case.safetensors"]
        let passed = try run(ServerProcess.binary.path, arguments)
        #expect(passed.status == 0)
        #expect(String(decoding: passed.output, as: UTF8.self).hasSuffix("passed\n"))
        let failed = try run(ServerProcess.binary.path, arguments + ["--tolerance", "1e-9"])
        #expect(failed.status == 1)
        #expect(String(decoding: failed.output, as: UTF8.self).hasSuffix("FAILED\n"))
    }

    @Test func verifiesTheDefaultModel() throws {
        let model = ServerProcess.binary.deletingLastPathComponent()
            .appendingPathComponent("hyperembed_Generation.resources/minilm").path
        let result = try hyperembed(
            "verify", "--base", model + "/base", "--hypernetwork", model + "/hypernetwork", "--case",
            golden("minilm-words/case.safetensors"))
        #expect(result.status == 0, "\(result.error)")
    }

    @Test func benchesKernels() throws {
        let result = try hyperembed("bench", "kernels", "--seconds", "0.001")
        let output = String(decoding: result.output, as: UTF8.self)
        #expect(result.status == 0 && output.contains("peak of this core") && output.contains("   768    2304   1024"))
        let half = try hyperembed("bench", "kernels", "--seconds", "0.001", "--hidden", "384", "--weights", "bfloat16")
        #expect(String(decoding: half.output, as: UTF8.self).contains("weights: bfloat16\n"))
        #expect(try hyperembed("bench", "kernels", "--hidden", "5").error.contains("--hidden takes 384, 768 or 4096."))
    }

    @Test func benchesHyperOFA() throws {
        let result = try hyperembed(
            "bench", "hyperofa", "--hidden", "16", "--layers", "1", "--batch", "10", "--seconds", "0.001")
        #expect(result.status == 0, "\(result.error)")
        #expect(String(decoding: result.output, as: UTF8.self).contains("1 layers of 2 x 16, 10 tokens of "))

        let folder = golden("hyperofa-bilstm-2-layers")
        let given = try hyperembed(
            "bench", "hyperofa", "--hypernetwork", folder, "--case", folder + "/case.safetensors", "--weights", "bfloat16",
            "--threads", "1", "--threads", "3", "--seconds", "0", "--json")
        #expect(given.status == 0, "\(given.error)")
        let lines = try String(decoding: given.output, as: UTF8.self).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Double])
        }
        #expect(lines.map { $0["threads"] } == [1, 3])
        for line in lines {
            #expect(line["tokens_per_second"] ?? 0 > 0 && line["tokens_per_processor_second"] ?? 0 > 0)
        }
        let setFormer = golden("hyperofa-setformer")
        #expect(
            try hyperembed("bench", "hyperofa", "--hypernetwork", setFormer, "--case", setFormer + "/case.safetensors").error
                .contains("has no BiLSTM"))
        #expect(try hyperembed("bench", "hyperofa", "--hypernetwork", folder).error.contains("need each other"))
        #expect(try hyperembed("bench", "hyperofa", "--threads", "0").status != 0)
    }

    @Test func benchesTheEngine() throws {
        let words = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path
        try Data(" blockchain\n tokenization\n".utf8).write(to: URL(fileURLWithPath: words))
        defer { try? FileManager.default.removeItem(atPath: words) }
        let result = try hyperembed(
            "bench", "engine", "--batch", "1", "--batch", "20", "--seconds", "0.02", "--tokens", words, "--json")
        #expect(result.status == 0)
        let lines = try String(decoding: result.output, as: UTF8.self).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Double])
        }
        #expect(lines.map { $0["batch"] } == [1, 20])
        for line in lines { #expect(line["tokens_per_second"] ?? 0 > 0 && line["latency_p99_ms"] ?? 0 >= line["latency_p50_ms"] ?? 1) }
        let table = try hyperembed("bench", "engine", "--batch", "3", "--seconds", "0.01")
        #expect(table.status == 0 && String(decoding: table.output, as: UTF8.self).contains("the idle p99"))
        #expect(try hyperembed("bench", "engine", "--batch", "0").status != 0)
        #expect(try hyperembed("bench", "engine", "--language", "xx").error.contains("knows no language xx"))
    }

    @Test func optionsThatBelongTogether() throws {
        let result = try hyperembed("generate", "a", "--hypernetwork", "/tmp")
        #expect(result.status != 0 && result.error.contains("--hypernetwork needs --base"))
        let weighted = try hyperembed("generate", "a", "--method", "weighted")
        #expect(weighted.status != 0 && weighted.error.contains("--weighting: method weighted needs one of exponential, linear"))
    }

    /// A base alone has the methods that need no hypernetwork, with the rows that the full model has by them.
    @Test func aBaseAloneGeneratesWithoutAHypernetwork() throws {
        let base = ServerProcess.binary.deletingLastPathComponent().appendingPathComponent("hyperembed_Generation.resources/minilm/base").path
        let method = ["--method", "multivariate", "--scale", "0.5", "--seed", "7", "--norm", "clip"]
        func rows(_ model: [String]) throws -> [[Double]?] {
            let result = try run(ServerProcess.binary.path, ["generate", " blockchain", "zq"] + method + model)
            let body = try JSONSerialization.jsonObject(with: result.output) as? [String: Any]
            return (body?["data"] as? [[String: Any]] ?? []).map { $0["input"] as? [Double] }
        }
        let alone = try rows(["--base", base])
        #expect(alone.count == 2 && alone[0]?.count == 384 && alone[0] != alone[1])
        #expect(try rows([]) == alone)
        let result = try run(ServerProcess.binary.path, ["generate", " blockchain", "--base", base])
        #expect(result.status == 1 && result.error.contains("method hypernetwork needs a model with one"))
    }

    /// The file that the service sends, and a folder with the same rows.
    @Test func transfersAVocabulary() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let tokenizer = fixture("base-tokenizers/gpt2.tokenizer.json")
        let (file, model) = (folder + "/rows.safetensors", folder + "/model")
        let result = try hyperembed("transfer", "--tokenizer", tokenizer, "--out", file, "--model-out", model)
        #expect(result.status == 0 && String(decoding: result.output, as: UTF8.self).contains(" generated"), "\(result.error)")

        let sent = try ServerProcess().post("/v1/vocabulary-embeddings", body: Data(contentsOf: URL(fileURLWithPath: tokenizer)))
        let written = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(sent.status == 200 && sent.body == written)
        let rows = try #require(SafetensorsFile(path: file)["input_embeddings"])
        let matrix = try ModelFolder(path: model).matrices.input
        #expect(matrix.shape == rows.shape && matrix.type == .float16)
        #expect(try matrix.isRounding(of: rows))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["model", "rows.safetensors"])
    }

    @Test func transfersRowsOfTokensInOtherCases() throws {
        let scratch = try Scratch()
        let (tokenizer, out) = (scratch.path + "/tokenizer.json", scratch.path + "/rows.safetensors")
        try #"""
            {"added_tokens": [{"id": 0, "content": "[UNK]", "special": true}],
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "WORD": 1, "##Word": 2, "wordqq": 3}}}
            """#.write(toFile: tokenizer, atomically: true, encoding: .utf8)
        let result = try hyperembed("transfer", "--tokenizer", tokenizer, "--out", out, "--on-existing", "copy_ignoring_case")
        #expect(String(decoding: result.output, as: UTF8.self).contains("1 generated, 3 copied"), "\(result.error)")
        let file = try SafetensorsFile(path: out)
        #expect(file.metadata["on_existing"] == "copy_ignoring_case" && file.metadata["case_differs"] == "2")
        let base = try SafetensorsFile(path: WordModels.base + "/model.safetensors")
        let embeddings = try #require(base["embeddings.word_embeddings.weight"])
        let rows = try rows(file, "input_embeddings")
        for (row, id) in [(1, 2_773), (2, 18_351)] { #expect(try rows[row] == embeddings.rows(id..<id + 1).floats()) }
    }
}
