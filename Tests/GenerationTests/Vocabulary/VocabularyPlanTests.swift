import Hypernetworks
import Testing
import Tokenization

@testable import Generation

@Suite struct VocabularyPlanTests {
    private let model: EmbeddingModel

    init() throws { model = try sharedModel.get() }

    private func plan(_ tokenizer: String, method: Method = .hypernetwork) throws -> VocabularyPlan {
        try VocabularyPlan(
            TokenizerDocument(parsing: Array(tokenizer.utf8)).listing(), planner: RowPlanner(model, MethodChoice(method)))
    }

    /// Where a row is copied from, as an entry of the base.
    private func origin(_ row: PlannedRow) -> String? {
        guard case .copy(let id) = row.source else { return nil }
        return model.baseTokenizer.tokenizer.piece(Int(id)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The same words in three spellings, with special tokens of other names.
    @Test(arguments: [
        #"""
        {"pre_tokenizer":{"type":"ByteLevel"},"added_tokens":[{"id":0,"content":"<s>","special":true},{"id":1,"content":"<|custom|>","special":true}],
         "model":{"type":"BPE","merges":[],"vocab":{"<s>":0,"<|custom|>":1,"Ġthe":2,"the":3,"Ġblockchain":4,"Ċ":6}}}
        """#,
        #"""
        {"decoder":{"type":"Metaspace"},"added_tokens":[{"id":0,"content":"<s>","special":true},{"id":1,"content":"<|custom|>","special":true}],
         "model":{"type":"Unigram","unk_id":0,"byte_fallback":true,
                  "vocab":[["<s>",0],["<|custom|>",0],["▁the",-1],["the",-2],["▁blockchain",-3],["",-4],["<0x0A>",-5]]}}
        """#,
        #"""
        {"added_tokens":[{"id":0,"content":"<s>","special":true},{"id":1,"content":"<|custom|>","special":true}],
         "model":{"type":"WordPiece","unk_token":"<s>","vocab":{"<s>":0,"<|custom|>":1,"the":2,"##the":3,"blockchain":4,"##\n":6}}}
        """#,
    ])
    func tokensOfTheBaseAreCopiedByTheirBytes(tokenizer: String) throws {
        let plan = try plan(tokenizer)
        #expect(plan.count == 7)
        #expect(plan.rows.map(\.status) == [.copied, .fallback, .copied, .copied, .generated, .fallback, .generated])
        #expect(plan.rows.map(origin) == ["[CLS]", nil, "the", "##the", nil, nil, nil])
        #expect(plan.rows[4].pieces == [3796, 24925, 2078])
        #expect(RowStatus.allCases.map(plan.count) == [2, 3, 2, 0])
    }

    @Test func existingTokensMayDifferInCase() throws {
        let listing = try VocabularyListing(
            pieces: ["Ġthe", "ĠTHE", "thE", "Ġblockchain", "[CLS]", "[cls]"], form: .byteLevel, isSpecial: { $0 == "[CLS]" })
        func plan(_ existing: ExistingTokens) throws -> VocabularyPlan {
            try VocabularyPlan(listing, planner: RowPlanner(model, MethodChoice()), onExisting: existing)
        }
        let ignoringCase = try plan(.copyIgnoringCase)
        #expect(ignoringCase.rows.map(origin) == ["the", "the", "##the", nil, "[CLS]", nil])
        #expect(ignoringCase.rows.map(\.differsInCase) == [false, true, true, false, false, false])
        #expect(try plan(.copy).rows.map(origin) == ["the", nil, nil, nil, "[CLS]", nil])
        let generated = try plan(.generate)
        #expect(generated.rows.map(origin) == [nil, nil, nil, nil, "[CLS]", nil] && generated.rows[0].status == .generated)
    }

    @Test(arguments: [
        ("[CLS]", "[CLS]"), ("<s>", "[CLS]"), ("<|begin_of_text|>", "[CLS]"), ("</s>", "[SEP]"), ("<|endoftext|>", "[SEP]"),
        ("<pad>", "[PAD]"), ("<unk>", "[UNK]"), ("<mask>", "[MASK]"), ("<other>", nil), ("[unused5]", nil),
    ])
    func specialTokensHaveCounterparts(name: String, counterpart: String?) throws {
        let id = model.baseTokenizer.counterpart(ofSpecial: Array(name.utf8))
        #expect(id.flatMap(model.baseTokenizer.bytes).map { String(decoding: $0, as: UTF8.self) } == counterpart)
    }

    @Test func aMissingLanguageIsNoFallback() throws {
        // The default model does not look at languages; one that it is given is ignored.
        let listing = try VocabularyListing(pieces: ["Ġblockchain"], form: .byteLevel)
        #expect(try VocabularyPlan(listing, planner: RowPlanner(model, MethodChoice()), language: "de").rows.map(\.status) == [.generated])
    }
}
