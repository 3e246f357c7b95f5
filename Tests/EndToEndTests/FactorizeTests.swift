import Foundation
import Generation
import Tensors
import Testing

/// `factorize` as a person at a shell uses it.
@Suite struct FactorizeTests {
    private let base = fixture("folders/bert")
    private let out = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

    private func factorize(rank: String) throws -> (status: Int32, output: Data, error: String) {
        try run(ServerProcess.binary.path, ["factorize", "--base", base, "--rank", rank, "--out", out])
    }

    /// All columns lose nothing: the product is the matrix.
    @Test func factorsMultiplyToTheMatrix() throws {
        defer { try? FileManager.default.removeItem(atPath: out) }
        let result = try factorize(rank: "4")
        #expect(result.status == 0 && result.error.hasPrefix("wrote \(out)"), "\(result.error)")
        let files = try ModelFiles(ModelPaths(base: base))
        let matrix = try files.base.input.floats()
        let file = try SafetensorsFile(path: out)
        #expect(file.metadata["source_sha256"] == files.inputSHA256)
        let coordinates = try #require(file["coordinates"]).expecting(shape: [10, 4]).floats()
        let primitives = try #require(file["primitives"]).expecting(shape: [4, 4]).floats()
        let largest = matrix.map(\.magnitude).max() ?? 0
        for row in 0..<10 {
            for column in 0..<4 {
                let product = (0..<4).reduce(Float(0)) { $0 + coordinates[row * 4 + $1] * primitives[$1 * 4 + column] }
                #expect(abs(product - matrix[row * 4 + column]) < 1e-5 * largest)
            }
        }
    }

    @Test func refusesRanksThatTheMatrixDoesNotHave() throws {
        let result = try factorize(rank: "5")
        #expect(result.status == 1 && result.error == "Error: rank 5 is outside 1...4\n")
        #expect(!FileManager.default.fileExists(atPath: out))
    }
}
