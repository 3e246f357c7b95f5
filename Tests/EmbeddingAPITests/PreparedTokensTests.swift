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

    /// The exact token comes first; by one in other cases the model does not know the token.
    @Test func copiesTokensInOtherCases() throws {
        let tokens = #"{"token":"Ġword","form":"byte_level"},{"token":"ĠWoRD","form":"byte_level"},{"token":"Word","form":"byte_level"},"[CLS]""#
        func prepare(_ onExisting: String) throws -> [PreparedTokens.Item] {
            try self.prepare(#"{"on_existing":"\#(onExisting)","tokens":[\#(tokens),"[cls]"]}"#).items
        }
        let items = try prepare("copy_ignoring_case")
        // In the vocabulary: word, word, ##word, [CLS].
        #expect(items.map(\.existingID) == [2773, 2773, 18351, 101, nil])
        #expect(items.map(\.status) == [.copied, .copied, .copied, .copied, .generated])
        #expect(items.map(\.warnings) == [[.existing], [.caseDiffers], [.caseDiffers], [.existing], []])
        #expect(try prepare("copy").map(\.status) == [.copied, .generated, .generated, .copied, .generated])
        #expect(try prepare("generate").map(\.status).allSatisfy { $0 == .generated })
        #expect(try prepare("generate").map(\.existingID) == [2773, nil, nil, 101, nil])
    }

    @Test func wordsAreForModelsThatReadThem() throws {
        let items = try prepare(#"{"tokens":[{"token":" blockchain","words":["anything"]}," blockchain"]}"#).items
        #expect(items.map(\.warnings) == [[.wordsIgnored], [.duplicateOf]])
    }

    /// Messages are made for those culprits that are named: another 30,000 that each repeat 4 kB would take their time.
    @Test func namesTwentyCulprits() throws {
        let ids = (30_710..<60_000).map { #"{"source_ids":[\#($0)]}"# }.joined(separator: ",")
        let problem = #expect(throws: Problem.self) { try prepare(#"{"tokens":[\#(ids)]}"#) }
        #expect(problem?.errors.count == 20 && problem?.errors.first?.pointer == "/tokens/0/source_ids")
    }
}
