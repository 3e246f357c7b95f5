import Foundation
import Testing

/// How an operator puts other models in place, and what the service says of models that it cannot load.
@Suite struct ReloadTests {
    /// A folder with what `pair` has, which can be exchanged as a whole.
    private func copy(_ pair: FolderPair, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: pair.base, toPath: folder + "/base")
        try FileManager.default.copyItem(atPath: pair.hypernetwork, toPath: folder + "/hypernetwork")
    }

    private func row(_ server: ServerProcess) throws -> (row: [Double], digest: String) {
        let answer = try server.post("/v1/token-embeddings", json: ["tokens": ["ab"], "method": "mean"])
        try #require(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
        let json = try answer.json
        let digest = try #require(json["digest"] as? String)
        #expect(answer.fields["model-digest"] == digest)
        return (try #require((json["data"] as? [[String: Any]])?.first?["input"] as? [Double]), digest)
    }

    @Test func aReloadTakesUpNewFiles() throws {
        let scratch = try Scratch()
        let model = scratch.path + "/model"
        try copy(FolderPair(goldenCase: "zett-tied-lang-bias"), to: model)
        try copy(FolderPair(goldenCase: "zett-tied-lang-bias", constantRows: [2: 7, 3: 7]), to: scratch.path + "/next")
        let messages = URL(fileURLWithPath: scratch.path + "/messages")
        let server = try ServerProcess(
            ["--admin-port", "0", "--base", model + "/base", "--hypernetwork", model + "/hypernetwork"], messages: messages)
        func reload(_ name: String = "default") throws -> ServerProcess.Answer {
            try server.curl("/v1/models/\(name)/reload", ["--data", ""], of: server.adminURL)
        }
        let first = try row(server)

        let same = try reload()
        #expect(same.status == 200 && same.fields["cache-control"] == "no-store")
        #expect(try same.json["changed"] as? Bool == false && same.json["new_digest"] as? String == first.digest)
        #expect(try row(server) == first)

        try FileManager.default.moveItem(atPath: model, toPath: scratch.path + "/previous")
        let missing = try reload()
        #expect(try missing.status == 422 && missing.json["code"] as? String == "model_not_loadable")
        let detail = try #require(try missing.json["detail"] as? String)
        #expect(detail.hasPrefix("model default: \(model)/base does not exist; a base folder holds"))
        #expect(try row(server) == first)

        try FileManager.default.moveItem(atPath: scratch.path + "/next", toPath: model)
        let changed = try reload()
        let second = try row(server)
        #expect(try changed.json["changed"] as? Bool == true && changed.json["old_digest"] as? String == first.digest)
        #expect(try changed.json["new_digest"] as? String == second.digest && second.digest != first.digest)
        #expect(second.row != first.row && Set(second.row) == [7])

        // SIGHUP reads all models.
        try FileManager.default.moveItem(atPath: model, toPath: scratch.path + "/next")
        try FileManager.default.moveItem(atPath: scratch.path + "/previous", toPath: model)
        server.send(SIGHUP)
        for _ in 0..<200 where try row(server) != first { Thread.sleep(forTimeInterval: 0.05) }
        #expect(try row(server) == first)

        #expect(try reload("absent").status == 404)
        // What administrators may do, others may not.
        #expect(try server.curl("/v1/models/default/reload", ["--data", ""]).status == 404)
        #expect(try server.curl("/v1/models", of: server.adminURL).status == 404)
        #expect(try server.curl("/readyz", of: server.adminURL).status == 200)
        // Whoever has asked for it, the log has what came of each.
        let lines = try String(contentsOf: messages, encoding: .utf8).split(separator: "\n")
        func count(_ text: String) -> Int { lines.count { $0.contains(text) } }
        #expect(count(" info model default stays: ") == 1 && count(" info model default was loaded anew: ") == 2)
        #expect(count(" error the model in use stays: model default: \(model)/base does not exist") == 1)
        #expect(count(" error the model in use stays: no model \"absent\"") == 1)
    }

    @Test func describesAModel() throws {
        let server = try ServerProcess()
        let answer = try server.curl("/v1/models/default")
        #expect(answer.status == 200 && answer.fields["cache-control"] == "no-store")
        let model = try answer.json
        let list = try #require(try server.curl("/v1/models").json["data"] as? [[String: Any]])
        #expect(Set(model.keys) == Set(list[0].keys).union(["norms"]))
        // Against other programs: sha256sum, and the digest as its description has it.
        let folder = ServerProcess.binary.deletingLastPathComponent()
            .appendingPathComponent("hyperembed_Generation.resources/minilm").path
        let files = try #require(model["files"] as? [[String: Any]])
        #expect(files.count == 5)
        var lines = ""
        for file in files {
            let (name, digest) = (try #require(file["name"] as? String), try #require(file["sha256"] as? String))
            lines += "\(name) \(try #require(file["bytes"] as? Int)) \(digest)\n"
            guard !name.hasPrefix("base/embeddings") else { continue }
            let sum = try run("sha256sum", ["\(folder)/\(name)"])
            #expect(String(decoding: sum.output, as: UTF8.self).hasPrefix(digest + " "), "\(name)")
        }
        let sum = try run("sh", ["-c", "printf %s \"$0\" | sha256sum", lines])
        #expect(model["digest"] as? String == "sha256:" + String(decoding: sum.output.prefix(64), as: UTF8.self))
        let norms = try #require(model["norms"] as? [String: Any])
        let counts = try #require((norms["histogram"] as? [String: Any])?["counts"] as? [Int])
        // The vocabulary of BERT has 994 unused entries, and [PAD].
        #expect(counts.count == 32 && counts.reduce(0, +) == 30_522 - 995)

        let unknown = try server.curl("/v1/models/absent")
        #expect(try unknown.status == 404 && unknown.json["code"] as? String == "unknown_model")
        #expect(try unknown.json["errors"] == nil)
    }

    // MARK: Several models

    @Test func eachModelHasItsOwnLimits() throws {
        let (pair, scratch) = (try FolderPair(goldenCase: "zett-tied-lang-bias"), try Scratch())
        let file = scratch.path + "/h.yaml"
        let models = """
            models:
              a: {base: \(pair.base), hypernetwork: \(pair.hypernetwork)}
              b: {base: \(pair.base), methods: [mean, normal], maximum_tokens: 2}
            """
        try models.write(toFile: file, atomically: true, encoding: .utf8)
        let server = try ServerProcess(["--config", file])
        func ask(_ model: String, _ body: [String: Any]) throws -> ServerProcess.Answer {
            try server.post("/v1/token-embeddings", json: body.merging(["model": model]) { $1 })
        }
        for tokens in [["ab"], ["ab", "ab"]] { #expect(try ask("b", ["tokens": tokens, "method": "mean"]).status == 200) }
        for (model, body, status, pointer) in [
            ("b", ["tokens": ["ab"]], 422, "/method"), ("b", ["tokens": ["ab"], "method": "script"], 422, "/method"),
            ("b", ["tokens": ["ab"], "method": "mean", "compare": ["normal", "script"]], 422, "/compare/1"),
            ("b", ["tokens": ["a", "b", "ab"], "method": "mean"], 413, "/tokens"),
            ("b", ["tokens": ["a", "b"], "method": "mean", "compare": ["normal"]], 413, "/tokens"),
        ] as [(String, [String: Any], Int, String)] {
            let answer = try ask(model, body)
            let errors = try answer.json["errors"] as? [[String: Any]]
            #expect(answer.status == status && errors?.first?["pointer"] as? String == pointer, "\(body)")
            #expect(try server.post("/v1/decompositions", json: body.merging(["model": model]) { $1 }).status == status)
        }
        #expect(try ask("a", ["tokens": ["a", "b", "ab"], "method": "script"]).status == 200)
        let vocabulary: [String: Any] = ["vocabulary": ["a", "b", "ab"], "form": "text"]
        #expect(try server.post("/v1/vocabulary-embeddings?model=a&method=mean", json: vocabulary).status == 200)
        #expect(try server.post("/v1/vocabulary-embeddings?model=b&method=mean", json: vocabulary).status == 413)
        let described = try server.curl("/v1/models/b").json
        #expect((described["methods"] as? [[String: Any]])?.map { $0["name"] as? String } == ["mean", "normal"])
        #expect((described["limits"] as? [String: Any])?["maximum_tokens"] as? Int == 2)

        // No service with only one of them.
        try FileManager.default.removeItem(atPath: pair.hypernetwork)
        let result = try run(ServerProcess.binary.path, ["serve", "--port", "0", "--config", file])
        #expect(result.status == 1)
        #expect(result.error.contains(" critical model a: \(pair.hypernetwork) does not exist; a hypernetwork folder holds"))
    }

    // MARK: Models that cannot be loaded

    private enum Damage: String, CaseIterable {
        case noFolder, noTokenizer, noWeights, pickle, emptyWeights, shortWeights, gitLFS, noJSON, unknownFamily, swapped
    }

    @Test(arguments: Damage.allCases) private func saysWhatIsWrong(_ damage: Damage) throws {
        let pair = try FolderPair(goldenCase: "zett-tied-lang-bias")
        var arguments = pair.options
        let weights = URL(fileURLWithPath: pair.base + "/model.safetensors")
        func write(_ text: String, _ name: String) throws {
            try text.write(toFile: pair.base + "/" + name, atomically: true, encoding: .utf8)
        }
        let contents = "; a base folder holds config.json, tokenizer.json and model.safetensors (or its index and shards)\n"
        let expected: String
        switch damage {
        case .noFolder:
            try FileManager.default.removeItem(atPath: pair.base)
            expected = "\(pair.base) does not exist\(contents)"
        case .noTokenizer:
            try FileManager.default.removeItem(atPath: pair.base + "/tokenizer.json")
            expected = "\(pair.base) has no tokenizer.json\(contents)"
        case .noWeights:
            try FileManager.default.removeItem(at: weights)
            expected = "\(pair.base) has no model.safetensors\(contents)"
        case .pickle:
            try FileManager.default.moveItem(atPath: weights.path, toPath: pair.base + "/pytorch_model.bin")
            expected =
                "\(pair.base) has no model.safetensors, only pytorch_model.bin, which is not read because it is a pickle: "
                + "save the model as safetensors\(contents)"
        case .emptyWeights:
            try Data().write(to: weights)
            expected = "\(weights.path) is malformed at byte 0: the file is empty\n"
        case .shortWeights:
            try Data(contentsOf: weights).dropLast(4).write(to: weights)
            expected = " bytes of data: has the file been cut short?\n"
        case .gitLFS:
            try write("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "model.safetensors")
            expected =
                "\(weights.path) is malformed at byte 0: "
                + "a pointer of Git LFS, not the file that it stands for, which git lfs pull fetches\n"
        case .noJSON:
            try write("{\"model_type\": ", "config.json")
            expected = "\(pair.base)/config.json: not JSON: the text ends too early at byte 15\n"
        case .unknownFamily:
            try write("{\"model_type\": \"wonder\"}", "config.json")
            expected = """
                \(pair.base): model_type "wonder" in the base model's config.json is not known: name its matrices with \
                --input-embeddings and --output-embeddings

                """
        case .swapped:
            arguments = ["--base", pair.hypernetwork, "--hypernetwork", pair.base]
            expected = "the base folder is that of the language model that it was trained for\n"
        }
        let result = try run(ServerProcess.binary.path, ["serve", "--port", "0"] + arguments)
        #expect(result.status == 1)
        #expect(result.error.contains(" critical model default: ") && result.error.hasSuffix(expected), "\(result.error)")
    }
}
