import Foundation
import Testing

@testable import Generation

@Suite struct EmbeddingModelTests {
    @Test func loadsTheDefaultModel() throws {
        let model = try loadDefaultModel()
        #expect(model.base.rows == 30_522 && model.base.dimension == 384 && model.base.output == nil)
        #expect(model.predictor?.hypernetwork.zett?.configuration.sourceIDLimit == defaultSourceIDs)
    }

    /// The digest of equal files is equal, and any file that decides about rows changes it.
    @Test func theDigestFollowsTheFiles() throws {
        let folder = try DefaultModel.folder()
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path
        try FileManager.default.copyItem(atPath: folder, toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        func digest() throws -> String {
            try EmbeddingModel(name: "copy", paths: ModelPaths(base: copy + "/base", hypernetwork: copy + "/hypernetwork")).digest
        }
        let original = try loadDefaultModel().digest
        #expect(try digest() == original)
        #expect(original.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil)
        for file in ["base/tokenizer.json", "hypernetwork/tokenizer.json", "hypernetwork/config.json"] {
            let before = try digest()
            let url = URL(fileURLWithPath: copy + "/" + file)
            try (Data(contentsOf: url) + Data("\n".utf8)).write(to: url)
            #expect(try digest() != before, "\(file)")
        }
        let withoutHypernetwork = try EmbeddingModel(name: "copy", paths: ModelPaths(base: copy + "/base"))
        #expect(try withoutHypernetwork.digest != digest() && withoutHypernetwork.predictor == nil)
        let weights = URL(fileURLWithPath: copy + "/base/model.safetensors")
        var bytes = try Data(contentsOf: weights)
        bytes[bytes.count - 1] ^= 1
        let before = try digest()
        try bytes.write(to: weights)
        #expect(try digest() != before)
    }
}
