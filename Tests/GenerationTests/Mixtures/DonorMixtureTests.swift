import Hypernetworks
import Testing
import Tokenization

@testable import Generation

/// The methods `omp` and `interpolation`, from a token to its row, beside NumPy.
@Suite struct DonorMixtureTests {
    struct Expected: Decodable {
        struct Donors: Decodable {
            /// Ids of the donor with those of the base.
            var shared: [[Int32]]
            var tokens: [Token]
            /// A token whose row is like no shared one, and one without a row.
            var unlike: [UInt8]
            var empty: [UInt8]
        }

        struct Token: Decodable {
            var bytes: [UInt8]
            var donor_id: Int32
            var omp: ExpectedMixture
            var interpolations: [String: ExpectedMixture]
        }

        var donors: Donors
    }

    private let model: EmbeddingModel
    private let expected: Expected.Donors

    init() throws {
        model = try ModelWithParts.shared.get()
        expected = try (decodeFixture("mixtures/expected.json") as Expected).donors
    }

    private static func pursuit() throws -> MethodChoice {
        var choice = MethodChoice(.omp)
        choice.pursuit = try OrthogonalMatchingPursuit(atoms: 8)
        return choice
    }

    private func plan(_ bytes: [UInt8], _ choice: MethodChoice, specialID: Int? = nil) throws -> PlannedRow {
        try RowPlanner(model, choice).plan(NewToken(.bytes(TokenBytes(bytes, specialID: specialID))))
    }

    private func check(_ choice: MethodChoice, _ mixture: (Expected.Token) throws -> ExpectedMixture) throws {
        let planned = try expected.tokens.map { try plan($0.bytes, choice) }
        #expect(planned.map(\.pieces) == expected.tokens.map { [$0.donor_id] } && planned.allSatisfy { $0.status == .generated })
        let rows = try GenerationEngine().generate(RowOrder(planned.map(\.source)), with: model).rows
        for (index, token) in expected.tokens.enumerated() {
            #expect(try mixture(token).agrees(with: rows.input, index), "\(token.donor_id)")
        }
    }

    @Test func theSameTokensAreSharedAsInPython() throws {
        let table = try #require(model.donor).table
        #expect(zip(table.donorRows, table.baseRows).map { [$0, $1] } == expected.shared)
    }

    @Test func pursuitIsThatOfNumPy() throws { try check(Self.pursuit(), \.omp) }

    @Test(arguments: NeighborInterpolation.Metric.allCases, NeighborInterpolation.Weighting.allCases)
    func interpolationIsThatOfNumPy(metric: NeighborInterpolation.Metric, weighting: NeighborInterpolation.Weighting) throws {
        var choice = MethodChoice(.interpolation)
        choice.interpolation = try NeighborInterpolation(count: 10, metric: metric, weighting: weighting)
        try check(choice) { try #require($0.interpolations["\(metric.rawValue) \(weighting.rawValue)"]) }
    }

    @Test func whatTheDonorHasNoRowForIsDrawn() throws {
        for bytes in [Array(" nobody-has-this".utf8), expected.empty] {
            let row = try plan(bytes, Self.pursuit())
            #expect(row.status == .sampled && row.pieces.isEmpty)
            guard case .recipe(.normal) = row.source else {
                Issue.record("\(row.source)")
                continue
            }
        }
    }

    /// The end of a text is another name's in the donor.
    @Test func specialTokensAreFoundByWhatTheyAreFor() throws {
        let row = try plan(Array("[SEP]".utf8), Self.pursuit(), specialID: 102)
        #expect(row.pieces == [0] && row.status == .generated)
        #expect(model.bytes(ofPiece: 0, of: row.source) == Array("<|endoftext|>".utf8))
        #expect(try plan(Array("[MASK]".utf8), Self.pursuit(), specialID: 103).status == .sampled)
    }

    @Test func errorsNameTheRow() throws {
        let tokens = [expected.tokens[0].bytes, expected.unlike, expected.tokens[1].bytes]
        let sources = try tokens.map { try plan($0, Self.pursuit()).source }
        #expect(throws: GenerationError.unmixable(row: 1, .donor(.noDirection))) {
            try GenerationEngine().generate(RowOrder(sources), with: model)
        }
    }

    /// In a vocabulary they name the id, wherever its slice begins.
    @Test func errorsOfAVocabularyNameTheID() throws {
        let pieces = (0..<3_000).map { " nobody\($0)" } + [String(decoding: expected.unlike, as: UTF8.self)]
        let listing = try VocabularyListing(pieces: pieces, form: .text)
        var options = RowOptions()
        options.choice = try Self.pursuit()
        let transfer = try VocabularyTransfer(listing, source: [], model: model, options: options)
        let stream = try transfer.stream(on: GenerationEngine())
        let error = #expect(throws: VocabularyStreamError.self) { while try stream.wait() != nil {} }
        guard case .generation(.unmixable(row: 3_000, .donor(.noDirection)))? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func moreAtomsThanTheDonorsWidthAllowsAreRefusedWhenTheRowIsPlanned() throws {
        let error = #expect(throws: RowPlanError.self) { try plan(expected.tokens[0].bytes, MethodChoice(.omp)) }
        guard case .mixture(.donor(.tooNarrow(dimension: 32, atoms: 64)))? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
