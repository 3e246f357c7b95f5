import Foundation
import Tensors
import Testing

/// `inspect` and `--weights` as a person at a shell uses them.
@Suite struct WeightFormatTests {
    private func hyperembed(_ arguments: String...) throws -> (status: Int32, output: String, error: String) {
        let result = try run(ServerProcess.binary.path, arguments)
        return (result.status, String(decoding: result.output, as: UTF8.self), result.error)
    }

    /// The numbers in the row of a format: packed bytes, largest and mean error, smallest cosine.
    private func row(_ format: String, of output: String) throws -> [Double] {
        let line = try #require(output.split(separator: "\n").first { $0.hasPrefix(format + " ") })
        return line.split(separator: " ").dropFirst().compactMap { Double($0) }
    }

    @Test func inspectsTheDefaultModel() throws {
        let result = try hyperembed("inspect")
        #expect(result.status == 0)
        #expect(result.output.contains("base            30522 rows x 384, tied\n"))
        #expect(result.output.contains("embeddings.word_embeddings.weight (F16) in /"))
        #expect(result.output.contains("  reads         1 to 7 source ids of 30710\n"))
        #expect(result.output.contains("digest          sha256:"))
        let wide = try row("float32", of: result.output)
        #expect(wide.count == 4 && wide.dropFirst() == [0, 0, 1])
        // Its weights are published as float16, so keeping them so loses nothing.
        let half = try row("float16", of: result.output)
        #expect(half == [wide[0] / 2, 0, 0, 1])
        let brain = try row("bfloat16", of: result.output)
        #expect(brain[0] == wide[0] / 2 && 0.0005 < brain[2] && brain[2] <= brain[1] && brain[1] < 0.01)
        #expect(0.9999 < brain[3] && brain[3] < 1)
    }

    /// The same tokens are drawn in every run, whatever format the model is loaded in.
    @Test func inspectsAPairOfFoldersTheSameEveryTime() throws {
        let pair = try FolderPair(goldenCase: "zett-tied-lang-bias")
        let folders = pair.options
        let tables = try [["--weights", "float32"], ["--weights", "float16"], ["--weights", "bfloat16"]].map { weights in
            let result = try run(ServerProcess.binary.path, ["inspect"] + folders + weights)
            #expect(result.status == 0, "\(result.error)")
            let output = String(decoding: result.output, as: UTF8.self)
            #expect(output.contains("  languages     ") && output.contains(weights[1] + " weights)"))
            return try #require(output.range(of: "weights    packed bytes").map { output[$0.lowerBound...] })
        }
        #expect(Set(tables).count == 1)
        #expect(try 0.00005 < row("float16", of: String(tables[0]))[1])
    }

    @Test func weightsChangeTheRowsALittleAndTheDigest() throws {
        let wide = try generate()
        let half = try generate("--weights", "bfloat16")
        #expect(wide.digest != half.digest)
        #expect(wide.row != half.row)
        let error = zip(wide.row, half.row).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
        #expect(error < 0.01 * wide.row.map { $0 * $0 }.reduce(0, +).squareRoot())
    }

    private func generate(_ options: String...) throws -> (digest: String, row: [Double]) {
        let result = try run(ServerProcess.binary.path, ["generate", " blockchain"] + options)
        let json = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        let item = try #require((json["data"] as? [[String: Any]])?.first)
        return (try #require(json["digest"] as? String), try #require(item["input"] as? [Double]))
    }

    @Test func refusesFormatsThatItDoesNotKnow() throws {
        let result = try hyperembed("generate", " blockchain", "--weights", "int8")
        #expect(result.status != 0 && result.error.contains("float16") && result.error.contains("int8"))
    }

    /// A weight past float16's largest is an error where it would be lost, and a remark where formats are compared.
    @Test func namesTheTensorThatIsTooLargeForFloat16() throws {
        let pair = try FolderPair(goldenCase: "zett-tied-lang-bias")
        let path = pair.hypernetwork + "/model.safetensors"
        var writer = SafetensorsWriter()
        for tensor in try SafetensorsFile(path: path).tensors {
            var elements = try tensor.floats()
            if tensor.key == "output_projection.1.weight" { elements[7] = 70_000 }
            writer.add(tensor.key, shape: tensor.shape, elements: elements)
        }
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: path), options: .atomic)
        let message = "tensor \"output_projection.1.weight\" in \(path) has numbers that are too large for float16"

        let folders = pair.options
        let refused = try run(ServerProcess.binary.path, ["inspect", "--weights", "float16"] + folders)
        #expect(refused.status == 1 && refused.error == "Error: \(message)\n")
        let compared = try run(ServerProcess.binary.path, ["inspect"] + folders)
        let output = String(decoding: compared.output, as: UTF8.self)
        #expect(compared.status == 0 && output.contains("float16: \(message)\n") && output.contains("\nbfloat16 "))
    }
}
