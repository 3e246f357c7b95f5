import Foundation
import Hypernetworks
import Tensors

@testable import Generation

/// A file of Tests/Fixtures.
func fixtureFile(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/\(name)").path
}

func decodeFixture<Value: Decodable>(_ name: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(fileURLWithPath: fixtureFile(name))))
}

/// How NumPy mixes a row.
struct ExpectedMixture: Decodable {
    var ids: [Int32]
    var weights: [Double]
    /// The first numbers of the row.
    var row: [Double]

    /// Whether a row begins with these numbers.
    func agrees(with rows: RowStorage, _ index: Int) -> Bool {
        let largest = row.reduce(0) { max($0, $1.magnitude) }
        return rows.withRow(index) { found in
            row.indices.allSatisfy { (Double(found[$0]) - row[$0]).magnitude < 1e-5 * largest }
        }
    }
}

/// The default model's base with more that methods need.
enum ModelWithParts {
    static let gloVe = fixtureFile("glove/glove.kv")

    /// With word vectors of GloVe, or those of another language beside it, and a donor.
    static func paths(_ scratch: Scratch, translates: Bool = false) throws -> ModelPaths {
        var paths = ModelPaths(base: try DefaultModel.folder() + "/base")
        paths.parts.tokenVectors = scratch.path + "/token-vectors.safetensors"
        if translates {
            paths.parts.sourceWordVectors = gloVe
            paths.parts.dictionary = fixtureFile("mixtures/dictionary.txt")
            paths.parts.wordVectors = fixtureFile("mixtures/second.vec")
        } else {
            paths.parts.wordVectors = gloVe
        }
        paths.parts.donor = fixtureFile("mixtures/donor")
        try writeTokenVectors(to: scratch.path + "/token-vectors.safetensors")
        return paths
    }

    private static func writeTokenVectors(to path: String) throws {
        let words = try WordVectors(path: gloVe)
        let files = try ModelFiles(ModelPaths(base: DefaultModel.folder() + "/base"))
        let base = try EmbeddingModel(name: "base", files: files)
        _ = try TokenVectors.write(
            of: words, base: base.baseTokenizer, baseRows: base.base.rows,
            origin: .init(wordVectors: words.vectors.file.sha256, baseTokenizer: files.baseTokenizerSHA256), to: path)
    }

    static let shared = Result {
        let scratch = try Scratch()
        return try EmbeddingModel(name: "parts", paths: paths(scratch))
    }

    static let translating = Result {
        let scratch = try Scratch()
        return try EmbeddingModel(name: "translating", paths: paths(scratch, translates: true))
    }
}
