import Foundation
import Testing
import Tokenization

@testable import Generation

/// A base whose tokenizer has tokens that its matrix was never resized for.
@Suite struct ExistingTokensTests {
    private static let added = """
        "added_tokens":[{"id":904,"content":" Beyond","special":false},{"id":905,"content":"<|pad|>","special":true},
        """

    private func model(_ scratch: Scratch) throws -> EmbeddingModel {
        let folder = scratch.path + "/base"
        try FileManager.default.copyItem(atPath: fixtureFile("mixtures/donor"), toPath: folder)
        let tokenizer = try String(contentsOfFile: folder + "/tokenizer.json", encoding: .utf8)
        try tokenizer.replacingOccurrences(of: "\"added_tokens\":[", with: Self.added)
            .write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
        return try EmbeddingModel(name: "short", paths: ModelPaths(base: folder))
    }

    private func token(_ text: String, specialID: Int? = nil) -> TokenBytes {
        TokenBytes(Array(text.utf8), specialID: specialID)
    }

    @Test func tokensWithoutARowAreNotCopied() throws {
        let scratch = try Scratch()
        let model = try model(scratch)
        #expect(model.base.rows == 904 && model.baseTokenizer.id(of: token(" Beyond")) == 904)
        #expect(model.copy(of: token(" lead"), .copy)?.pieces == [902])
        for text in [" Beyond", " beyond"] {
            for existing in ExistingTokens.allCases { #expect(model.copy(of: token(text), existing) == nil) }
        }
        #expect(model.copy(of: token("<|pad|>", specialID: 905), .copy) == nil)
        #expect(model.copy(ofSpecial: Array("<|pad|>".utf8)) == nil)
        #expect(model.copy(ofSpecial: Array("<|endoftext|>".utf8))?.pieces == [0])
    }

    /// They are what the base cannot spell: its mean.
    @Test func theirRowIsTheFallback() throws {
        let scratch = try Scratch()
        let model = try model(scratch)
        let planner = RowPlanner(model, MethodChoice(.mean))
        #expect(try planner.plan(NewToken(.bytes(token(" Beyond")))).status == .fallback)
        let listing = try VocabularyListing(pieces: [" lead", " Beyond"], form: .text)
        let plan = try VocabularyPlan(listing, planner: planner)
        #expect(plan.rows.map(\.status) == [.copied, .fallback])
        let rows = try GenerationEngine().generate(plan.order(0..<2, norm: .none), with: model).rows
        #expect(rows.isFinite(0) && rows.isFinite(1))
    }
}
