import Hypernetworks
import Testing
import Tokenization

@testable import Generation

/// The method `word_vectors`, from a token to its row, beside NumPy.
@Suite struct WordMixtureTests {
    struct GloVe: Decodable {
        struct Token: Decodable {
            var token: String
            var words: [Int32]
            var softmax: ExpectedMixture?
            var sparsemax: ExpectedMixture?
            var proportional: ExpectedMixture?
        }

        var new_tokens: [Token]
        var usable: Int
    }

    struct Translations: Decodable {
        struct Tokens: Decodable {
            var pairs: Int
            var alignedPairs: Int
            var tokens: [GloVe.Token]
        }

        var translations: Tokens
    }

    private func choice(_ similarity: SimilarityWeighting) -> MethodChoice {
        var choice = MethodChoice(.wordVectors)
        choice.similarity = similarity
        return choice
    }

    private func token(_ text: String) -> NewToken { NewToken(.bytes(TokenBytes(Array(text.utf8)))) }

    /// Compares rows of tokens, made together.
    private func check(
        _ tokens: [GloVe.Token], _ similarity: SimilarityWeighting, _ expected: (GloVe.Token) -> ExpectedMixture?,
        _ model: EmbeddingModel
    ) throws {
        let planner = RowPlanner(model, choice(similarity))
        let planned = try tokens.map { try planner.plan(token($0.token)) }
        let rows = try GenerationEngine().generate(RowOrder(planned.map(\.source)), with: model).rows
        for (index, token) in tokens.enumerated() {
            #expect(planned[index].pieces == token.words)
            guard let expected = expected(token) else {
                #expect(planned[index].status == .sampled && token.words.isEmpty)
                continue
            }
            #expect(planned[index].status == .generated)
            #expect(expected.agrees(with: rows.input, index), "\(token.token)")
        }
    }

    @Test(arguments: SimilarityWeighting.Name.allCases) func rowsAreThoseOfNumPy(name: SimilarityWeighting.Name) throws {
        let model = try ModelWithParts.shared.get()
        let glove: GloVe = try decodeFixture("glove/expected.json")
        #expect(model.wordSpace?.tokens.usableRows.count == glove.usable && glove.new_tokens.count > 5)
        switch name {
        case .softmax: try check(glove.new_tokens, .nearestTen, \.softmax, model)
        case .sparsemax: try check(glove.new_tokens, .sparsemax, \.sparsemax, model)
        case .proportional: try check(glove.new_tokens, .proportional, \.proportional, model)
        }
    }

    /// WECHSEL: words of a language that the base's tokens have none of.
    @Test func wordsOfAnotherLanguageAreAligned() throws {
        let model = try ModelWithParts.translating.get()
        let expected: Translations = try decodeFixture("mixtures/expected.json")
        #expect(model.wordSpace?.alignment?.pairs == expected.translations.alignedPairs)
        #expect(expected.translations.tokens.count { $0.softmax != nil } > 3)
        try check(expected.translations.tokens, .nearestTen, \.softmax, model)
    }

    @Test func decidesWhichRowsAreMixed() throws {
        let model = try ModelWithParts.shared.get()
        let glove: GloVe = try decodeFixture("glove/expected.json")
        let planner = RowPlanner(model, choice(.nearestTen))
        let queries = try glove.new_tokens.compactMap { token -> RowQuery? in
            guard case .query(let query) = try planner.plan(self.token(token.token)).source else { return nil }
            return query
        }
        let expected = glove.new_tokens.compactMap(\.softmax)
        #expect(queries.count == expected.count)
        for (recipe, expected) in zip(model.recipes(of: queries, pause: {}), expected) {
            guard case .combination(let combination) = try recipe.get() else {
                Issue.record("\(recipe)")
                continue
            }
            #expect(Set(combination.rows) == Set(expected.ids) && combination.rows.first == expected.ids.first)
        }
    }

    /// The text of a piece is the word.
    @Test func piecesAreWords() throws {
        let model = try ModelWithParts.shared.get()
        let row = try RowPlanner(model, choice(.nearestTen)).plan(token(" govern"))
        let spelled = row.pieces.compactMap { model.bytes(ofPiece: Int($0), of: row.source) }
        let words = spelled.map { String(decoding: $0, as: UTF8.self) }
        #expect(words.contains("government") && words.allSatisfy { $0.hasPrefix("govern") } && words.count == row.pieces.count)
    }

    @Test func wordsThatTheCallerNamesTakeThePlaceOfTheTokens() throws {
        let model = try ModelWithParts.shared.get()
        let planner = RowPlanner(model, choice(.nearestTen))
        let ids = try ["government", "governor"].map { Int32(try #require(model.words?.vectors.id(of: $0))) }
        var named = token(" zq")
        #expect(try planner.plan(named).status == .sampled)
        named.wordIDs = ids
        let row = try planner.plan(named)
        #expect(row.pieces == ids && row.status == .generated)
        named.wordIDs = []
        #expect(try planner.plan(named).status == .sampled)
        for wrong: Int32 in [-1, 4_000] {
            named.wordIDs = [wrong]
            #expect(throws: RowPlanError.self) { try planner.plan(named) }
        }
    }

    /// One without words is drawn like a token of the method `normal`, from the seed and its bytes.
    @Test func tokensWithoutWordsAreDrawn() throws {
        let model = try ModelWithParts.shared.get()
        var seeded = choice(.sparsemax)
        seeded.seed = 3
        let sources = try [RowPlanner(model, seeded), RowPlanner(model, seeded.with(.normal)), RowPlanner(model, choice(.sparsemax))]
            .map { try $0.plan(token(" xyzzy")).source }
        let rows = try GenerationEngine().generate(RowOrder(sources), with: model).rows
        #expect(rows.bits(0) == rows.bits(1) && rows.bits(0) != rows.bits(2))
    }
}
