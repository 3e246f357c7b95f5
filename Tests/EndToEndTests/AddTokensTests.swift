import Foundation
import Generation
import Tensors
import Testing

/// `add-tokens` as a person at a shell uses it.
@Suite struct AddTokensTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

    private var base: String {
        ServerProcess.binary.deletingLastPathComponent().appendingPathComponent("hyperembed_Generation.resources/minilm/base").path
    }

    private func addTokens(_ tokens: String, file: String = "tokens.txt", _ options: String...) throws -> (
        status: Int32, output: String, error: String
    ) {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(tokens.utf8).write(to: URL(fileURLWithPath: folder + "/" + file))
        let arguments = ["add-tokens", "--model", base, "--tokens", folder + "/" + file, "--model-out", folder + "/out"] + options
        let result = try run(ServerProcess.binary.path, arguments)
        return (result.status, String(decoding: result.output, as: UTF8.self), result.error)
    }

    @Test func appendsNewTokensAndSaysWhatItDid() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try addTokens(" dog\r\n blockchain\n\n blockchain\n", "--pad-to-multiple-of", "64")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output == """
            skipped: " dog" is in the base already, as id 3899
            skipped: " blockchain" is found where " blockchain" is
            appended: 1 tokens, ids 30522 to 30522
            rows: 30528, 5 of them padding; the base has 30522
            wrote \(folder)/out

            """)
        let matrix = try ModelFolder(path: folder + "/out").matrices.input
        #expect(matrix.shape == [30528, 384] && matrix.type == .float16)
        // The first token of the reference case is the same one.
        let reference = try #require(SafetensorsFile(path: golden("minilm-words/case.safetensors"))["expected_input_embeddings"])
        let worst = try zip(matrix.floats()[30522 * 384..<30523 * 384], reference.floats().prefix(384)).map { abs($0 - $1) }.max()
        #expect(worst ?? 1 < 1e-3)

        let again = try addTokens(" blockchain\n")
        #expect(again.status == 1 && again.error == "Error: \(folder)/out exists already\n")
    }

    @Test func readsJSONLines() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try addTokens(
            #"""
            " blockchain"
            {"token": "Ġtokenization", "form": "byte_level"}
            {"token": "##chain", "form": "wordpiece"}
            """#, file: "tokens.jsonl")
        #expect(result.status == 0 && result.output.contains("appended: 2 tokens"))
        #expect(result.output.contains("skipped: \"chain\" is how the base spells id 4677"))
    }

    /// With a base whose text keeps its case.
    @Test func tokensInOtherCasesGetTheRowsOfTheirOwn() throws {
        let scratch = try Scratch()
        let cased = scratch.path + "/cased"
        try FileManager.default.copyItem(atPath: base, toPath: cased)
        let tokenizer = try String(contentsOfFile: cased + "/tokenizer.json", encoding: .utf8)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(tokenizer.utf8)) as? [String: Any])
        let withoutNormalizer = try JSONSerialization.data(withJSONObject: document.merging(["normalizer": NSNull()]) { $1 })
        try withoutNormalizer.write(to: URL(fileURLWithPath: cased + "/tokenizer.json"))
        try " WORD\n qqzz\n".write(toFile: scratch.path + "/tokens.txt", atomically: true, encoding: .utf8)
        let result = try run(
            ServerProcess.binary.path,
            [
                "add-tokens", "--model", cased, "--tokens", scratch.path + "/tokens.txt", "--model-out", scratch.path + "/out",
                "--method", "mean", "--on-existing", "copy_ignoring_case",
            ])
        #expect(String(decoding: result.output, as: UTF8.self).contains("remark: \" WORD\": case_differs\n"), "\(result.error)")
        let matrix = try ModelFolder(path: scratch.path + "/out").matrices.input
        let word = try matrix.rows(2_773..<2_774).floats()
        #expect(try matrix.rows(30_522..<30_523).floats() == word && matrix.rows(30_523..<30_524).floats() != word)
    }

    @Test(arguments: [
        ("{", "tokens.jsonl", "tokens.jsonl, line 1: the text ends too early at byte 1"),
        ("\" a b\"\n{\"token\": 3}", "tokens.jsonl", "line 2: /token: must be a string"),
        ("{\"token\": \"a\", \"form\": \"x\"}", "tokens.jsonl", "line 1: /form: must be one of text, byte_level"),
        (" dog\n", "tokens.txt", "has no token that the model lacks"), ("", "tokens.txt", "has no token that the model lacks"),
        (" \n", "tokens.txt", "token 0 is empty"),
    ])
    func refusesFilesThatDoNotHold(tokens: String, file: String, problem: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try addTokens(tokens, file: file)
        #expect(result.status != 0 && result.error.contains(problem), "\(result.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [file])
    }
}
