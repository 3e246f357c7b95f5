import Generation
import HTTPServer
import Testing

@testable import EmbeddingAPI

@Suite struct PreparedTokensTests {
    private static let model = Result {
        let folder = try DefaultModel.folder()
        return try EmbeddingModel(name: "default", paths: ModelPaths(base: folder + "/base", hypernetwork: folder + "/hypernetwork"))
    }

    private func prepare(_ body: String, limits: RequestLimits = RequestLimits()) throws -> PreparedTokens {
        try PreparedTokens(TokenEmbeddingsRequest(body: Array(body.utf8), limits: limits), model: Self.model.get(), limits: limits)
    }

    /// A token may have as many pieces as bytes, and an answer lists them all.
    @Test func countsPieces() throws {
        var limits = RequestLimits()
        limits.maximumPieces = 12
        let four = #"{"method":"mean","tokens":["zqzq","zqzq","zqzq"]}"#
        #expect(try prepare(four, limits: limits).items.count == 3)
        let problem = #expect(throws: Problem.self) {
            try prepare(#"{"method":"mean","tokens":["zqzq","zqzq","zqzqz"]}"#, limits: limits)
        }
        #expect(problem?.status == .contentTooLarge && problem?.errors.first?.pointer == "/tokens")
        #expect(problem?.detail.contains("may hold 12") == true)
    }

    /// Messages are made for those culprits that are named: another 30,000 that each repeat 4 kB would take their time.
    @Test func namesTwentyCulprits() throws {
        let ids = (30_710..<60_000).map { #"{"source_ids":[\#($0)]}"# }.joined(separator: ",")
        let problem = #expect(throws: Problem.self) { try prepare(#"{"tokens":[\#(ids)]}"#) }
        #expect(problem?.errors.count == 20 && problem?.errors.first?.pointer == "/tokens/0/source_ids")
    }
}
