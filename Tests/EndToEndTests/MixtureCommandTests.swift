import Foundation
import Generation
import Tensors
import Testing

/// The methods by word vectors and donors as a person at a shell uses them, beside NumPy.
@Suite struct MixtureCommandTests {
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private struct Mixture: Decodable { var row: [Float] }

    private let folder: Folder

    init() throws { folder = try Folder() }

    private func hyperembed(_ arguments: [String]) throws -> (status: Int32, output: Data, error: String) {
        try run(ServerProcess.binary.path, arguments)
    }

    /// The options of a model with vectors of GloVe's words.
    private func wordVectors() throws -> [String] {
        let (words, tokens) = (fixture("glove/glove.kv"), folder.path + "/token-vectors.safetensors")
        let made = try hyperembed(["token-vectors", "--word-vectors", words, "--out", tokens])
        try #require(made.status == 0, "\(made.error)")
        return ["--word-vectors", words, "--token-vectors", tokens]
    }

    private func rows(_ result: (status: Int32, output: Data, error: String)) throws -> [(status: String, numbers: [Float])] {
        try #require(result.status == 0, "\(result.error)")
        let body = try JSONSerialization.jsonObject(with: result.output) as? [String: Any]
        return (body?["data"] as? [[String: Any]] ?? []).map { item in
            (item["status"] as? String ?? "", (item["input"] as? [Double] ?? []).map { Float($0) })
        }
    }

    private func agree(_ row: [Float], _ expected: [Float]) -> Bool {
        let largest = expected.reduce(0) { max($0, $1.magnitude) }
        return row.count == 384 && zip(row, expected).allSatisfy { ($0 - $1).magnitude < 1e-5 * largest }
    }

    @Test(arguments: ["softmax", "sparsemax", "proportional"]) func generatesByWordVectors(weighting: String) throws {
        struct Token: Decodable {
            var token: String
            var softmax, sparsemax, proportional: Mixture?
        }
        struct Expected: Decodable { var new_tokens: [Token] }
        let path = URL(fileURLWithPath: fixture("glove/expected.json"))
        let tokens = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: path)).new_tokens
        let options = try ["--method", "word_vectors", "--weighting", weighting, "--base", miniLM] + wordVectors()
        let found = try rows(hyperembed(["generate"] + tokens.map(\.token) + options))
        #expect(found.count == tokens.count)
        for (row, token) in zip(found, tokens) {
            let expected = ["softmax": token.softmax, "sparsemax": token.sparsemax, "proportional": token.proportional]
            guard let expected = expected[weighting] ?? nil else {
                #expect(row.status == "sampled" && token.token == " xyzzy")
                continue
            }
            #expect(row.status == "generated" && agree(row.numbers, expected.row), "\(token.token)")
        }
    }

    /// A donor's tokens into a folder of the base's.
    @Test func addsTokensOfADonor() throws {
        struct Token: Decodable {
            var bytes: [UInt8]
            var omp: Mixture
        }
        struct Donors: Decodable { var tokens: [Token] }
        struct Expected: Decodable { var donors: Donors }
        let path = URL(fileURLWithPath: fixture("mixtures/expected.json"))
        let tokens = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: path)).donors.tokens
        let text = { (token: Token) in String(decoding: token.bytes, as: UTF8.self) }
        // An uncased base has its tokens in lower case.
        let lower = try #require(tokens.first { text($0) == " tokeniz" })
        let (file, out) = (folder.path + "/tokens.txt", folder.path + "/model")
        try Data("\(text(lower))\n".utf8).write(to: URL(fileURLWithPath: file))
        let result = try hyperembed([
            "add-tokens", "--model", miniLM, "--tokens", file, "--model-out", out, "--method", "omp", "--atoms", "8", "--donor",
            fixture("mixtures/donor"),
        ])
        #expect(result.status == 0, "\(result.error)")
        let matrix = try ModelFolder(path: out).matrices.input
        #expect(matrix.rowCount == 30_523)
        let row = try matrix.rows(30_522..<30_523).floats()
        // The folder's numbers are float16.
        #expect(zip(row, lower.omp.row).allSatisfy { ($0 - $1).magnitude < 1e-3 * max(1, $1.magnitude) })
    }

    /// Rows of a vocabulary are those of its tokens by themselves, and the file says how they were made.
    @Test func transfersAVocabularyByWordVectors() throws {
        let model = try wordVectors()
        let method = ["--method", "word_vectors", "--weighting", "proportional", "--seed", "3"]
        let out = folder.path + "/rows.safetensors"
        let tokenizer = fixture("base-tokenizers/gpt2.tokenizer.json")
        let result = try hyperembed(["transfer", "--tokenizer", tokenizer, "--out", out] + method + model)
        #expect(result.status == 0, "\(result.error)")
        let file = try SafetensorsFile(path: out)
        let expected = ["method": "word_vectors", "weighting": "proportional", "seed": "3", "norm": "none"]
        #expect(expected.allSatisfy { file.metadata[$0.key] == $0.value } && file.metadata["neighbors"] == nil)
        #expect(Int(file.metadata["sampled"] ?? "") ?? 0 > 0 && Int(file.metadata["generated"] ?? "") ?? 0 > 0)
        let id = try #require(try Self.id(of: "Ġtokeniz", in: tokenizer))
        let rows = try #require(file["input_embeddings"])
        let alone = try self.rows(hyperembed(["generate", "Ġtokeniz", "--form", "byte_level"] + method + model))
        #expect(try rows.rows(id..<id + 1).floats() == alone.first?.numbers)
    }

    private static func id(of token: String, in tokenizer: String) throws -> Int? {
        let document = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: tokenizer))) as? [String: Any]
        return ((document?["model"] as? [String: Any])?["vocab"] as? [String: Int])?[token]
    }

    @Test(arguments: [
        (["--token-vectors", "t"], "--token-vectors needs --word-vectors"),
        (["--dictionary", "d"], "--source-word-vectors and --dictionary need each other"),
        (["--source-word-vectors", "s", "--dictionary", "d"], "--dictionary needs --token-vectors"),
        (["--method", "omp", "--atoms", "0"], "--atoms: must be 1 to 256."),
        (["--method", "word_vectors", "--weighting", "linear"], "--weighting: must be one of softmax, sparsemax, proportional."),
        (["--method", "omp"], "method omp needs a model with a donor"),
        (["--method", "word_vectors"], "method word_vectors needs a model with token_vectors"),
        (["--method", "omp", "--donor", "/nowhere"], "/nowhere does not exist"),
    ])
    func refuses(options: [String], problem: String) throws {
        let result = try hyperembed(["generate", " lead"] + options)
        #expect(result.status != 0 && result.error.contains(problem), "\(result.error)")
    }
}

/// The base of the model that comes with the binary.
private let miniLM = ServerProcess.binary.deletingLastPathComponent()
    .appendingPathComponent("hyperembed_Generation.resources/minilm/base").path
