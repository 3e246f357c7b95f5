import Hypernetworks
import Testing
import Tokenization

@testable import Generation

@Suite struct RowPlannerTests {
    private let model: EmbeddingModel

    init() throws { model = try sharedModel.get() }

    private func plan(_ token: String, _ choice: MethodChoice, language: String? = nil) throws -> PlannedRow {
        try RowPlanner(model, choice).plan(NewToken(.bytes(model.reader.read(token, form: .text)), language: language))
    }

    private func ids(_ pieces: String...) throws -> [Int32] {
        try pieces.map { piece in Int32(try #require(model.baseTokenizer.tokenizer.entryID(of: Array(piece.utf8)))) }
    }

    @Test func theHypernetworkReadsSurfaceForms() throws {
        let row = try plan(" blockchain", MethodChoice())
        guard case .hypernetwork(let input) = row.source else {
            Issue.record("\(row.source)")
            return
        }
        #expect(input.ids == [3796, 24925, 2078] && row.pieces == input.ids)
    }

    @Test func meansAreOverTheBasesPieces() throws {
        let pieces = try ids("block", "##chai", "##n")
        #expect(try plan(" blockchain", MethodChoice(.mean)).pieces == pieces)
        var weighted = MethodChoice(.weighted)
        #expect(throws: RowPlanError.self) { _ = try plan(" blockchain", weighted) }
        weighted.weighting = .last
        guard case .recipe(.combination(let combination)) = try plan(" blockchain", weighted).source else {
            Issue.record("no combination")
            return
        }
        #expect(combination.rows == pieces.suffix(1) && combination.inputWeights == [1])
    }

    @Test func mergesEndAtTokensOfTheBase() throws {
        var choice = MethodChoice(.merge)
        choice.merges = try MergeRules(rules: [(Array(" block".utf8), Array("chai".utf8)), (Array(" blockchai".utf8), Array("n".utf8))])
        let row = try plan(" blockchain", choice)
        guard case .recipe(.combination(let combination)) = row.source else {
            Issue.record("no combination")
            return
        }
        #expect(combination.rows == (try ids("block", "##chai", "##n")) && combination.inputWeights == [0.25, 0.25, 0.5])
        #expect(try plan(" unheardof", choice).status == .fallback)
    }

    @Test func descriptionsFollowTheName() throws {
        var token = NewToken(.bytes(try model.reader.read(" blockchain", form: .text)))
        let planner = RowPlanner(model, MethodChoice(.description))
        #expect(throws: RowPlanError.self) { _ = try planner.plan(token) }
        token.description = "a shared ledger"
        #expect(try planner.plan(token).pieces == ids("block", "##chai", "##n", "a", "shared", "ledger"))
    }

    /// The seed is the token's and the request's, so the company of a token changes nothing.
    @Test func samplesDependOnTheBytesAndTheSeed() throws {
        func seed(_ token: String, _ seed: UInt64) throws -> UInt64? {
            var choice = MethodChoice(.normal)
            choice.seed = seed
            guard case .recipe(.normal(let seed)) = try plan(token, choice).source else { return nil }
            return seed
        }
        let first = try #require(try seed(" a", 0))
        #expect(try seed(" a", 0) == first)
        #expect(try seed(" a", 1) != first)
        #expect(try seed(" b", 0) != first)
        guard case .recipe(.script(let script, _)) = try plan(" Я", MethodChoice(.script)).source else {
            Issue.record("no script")
            return
        }
        #expect(script == ScriptClass.of(bytes: Array(" я".utf8)) && script.isInitial)
    }

    /// A base of whole words cannot spell an emoji; a hypernetwork's tokenizer cannot spell a word of 200 characters.
    @Test func whatCannotBeSpelledFallsBackToTheMean() throws {
        let row = try plan(" \u{1F9FF}", MethodChoice(.mean))
        #expect(row.status == .fallback && row.pieces.isEmpty)
        #expect(try plan(" " + String(repeating: "x", count: 200), MethodChoice()).status == .fallback)
    }

    @Test func sourceIDsAreBaseRowsForOtherMethods() throws {
        let token = NewToken(.sourceIDs([3796, 24925]))
        #expect(try RowPlanner(model, MethodChoice(.mean)).plan(token).pieces == [3796, 24925])
        #expect(throws: RowPlanError.self) { _ = try RowPlanner(model, MethodChoice(.mean)).plan(NewToken(.sourceIDs([30_600]))) }
        #expect(throws: RowPlanError.self) { _ = try RowPlanner(model, MethodChoice()).plan(NewToken(.sourceIDs([40_000]))) }
    }

    @Test func aBaseAloneHasNoHypernetwork() throws {
        let base = try sharedBase.get()
        let token = NewToken(.bytes(try base.reader.read(" blockchain", form: .text)))
        #expect(throws: RowPlanError.self) { _ = try RowPlanner(base, MethodChoice()).plan(token) }
        #expect(try RowPlanner(base, MethodChoice(.mean)).plan(token).pieces == ids("block", "##chai", "##n"))
    }
}
