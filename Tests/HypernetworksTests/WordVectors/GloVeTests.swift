import Foundation
import Hypernetworks
import Tensors
import Testing
import Tokenization

/// Words of GloVe over the embedded model's base, from a file of word vectors to rows, beside NumPy
/// (Tests/Fixtures/generate_glove_fixtures.py).
@Suite struct GloVeTests {
    struct Fixture: Decodable {
        struct NewToken: Decodable {
            var token: String
            /// Those that it stands in.
            var words: [Int]
            var softmax: Mix?
            var sparsemax: Mix?
            var proportional: Mix?
        }

        struct Mix: Decodable {
            var ids: [Int32]
            var weights: [Double]
            /// The first numbers of the row that comes out.
            var row: [Double]
        }

        var special: Set<Int>
        /// How many tokens stand in a word, and how many of those are mixed.
        var covered: Int
        var usable: Int
        /// Of some tokens, by id.
        var token_vectors: [String: [Double]]
        var new_tokens: [NewToken]
    }

    private struct Model {
        let words: WordVectors
        let base: BaseTokenizer
        let matrix: MappedTensor
        let vectors: MappedTensor
        let covered: Int

        init() throws {
            words = try WordVectors(path: fixture("glove/glove.kv"))
            base = try BaseTokenizer(Tokenizer(contentsOf: miniLM + "/tokenizer.json"))
            matrix = try #require(SafetensorsFile(path: miniLM + "/model.safetensors").tensors.first)
            let scratch = try Scratch()
            let path = scratch.newPath()
            let origin = TokenVectors.Origin(wordVectors: "GloVe", baseTokenizer: "MiniLM")
            covered = try TokenVectors.write(of: words, base: base, baseRows: matrix.rowCount, origin: origin, to: path)
            vectors = try TokenVectors(path: path, of: words, baseRows: matrix.rowCount, origin: origin).vectors
        }
    }

    private static let shared = Result { try Model() }

    private let expected: Fixture
    private let model: Model

    init() throws {
        expected = try decodeFixture("glove/expected.json")
        model = try Self.shared.get()
    }

    @Test func tokensHaveTheMeanOfTheirWords() throws {
        let words = model.words
        #expect(words.count == 4_000 && words.dimension == 50 && words.word(0) == "the")
        #expect(model.covered == expected.covered)
        #expect(expected.token_vectors.count > 100)
        for (token, wanted) in expected.token_vectors {
            let row = try #require(Int(token))
            #expect(try deviation(model.vectors.rows(row..<row + 1).floats(), wanted) < 1e-6)
        }
    }

    @Test func newTokensStandInTheseWords() {
        let contexts = WordContexts(model.words, base: model.base)
        for token in expected.new_tokens { #expect(contexts.wordIDs(of: TokenBytes(Array(token.token.utf8))) == token.words) }
    }

    @Test(arguments: [SimilarityWeighting.nearestTen, .sparsemax, .proportional])
    func newTokensAreMixedLikeThis(weighting: SimilarityWeighting) throws {
        let matrix = model.matrix
        let auxiliary = try AuxiliaryVectors(model.vectors, baseRows: matrix.rowCount) { !expected.special.contains($0) }
        #expect(auxiliary.usableRows.count == expected.usable)
        let contexts = WordContexts(model.words, base: model.base)
        let means = expected.new_tokens.map { model.words.mean(of: contexts.wordIDs(of: TokenBytes(Array($0.token.utf8)))) }
        let mixtures = try auxiliary.mixtures(for: means, weighting: weighting, pause: {})
        let generator = TrainingFreeGenerator(tied: matrix)
        for (token, mixture) in zip(expected.new_tokens, mixtures) {
            let wanted =
                switch weighting {
                case .softmax: token.softmax
                case .sparsemax: token.sparsemax
                case .proportional: token.proportional
                }
            guard let wanted else {
                #expect(token.words.isEmpty && mixture == .uncovered)
                continue
            }
            let combination = try #require(mixture.combination)
            let weights = Dictionary(uniqueKeysWithValues: zip(combination.rows, combination.inputWeights))
            #expect(weights.count == (weighting == .proportional ? expected.usable : wanted.ids.count))
            for (id, weight) in zip(wanted.ids, wanted.weights) {
                let found = try #require(weights[id])
                #expect(abs(Double(found) - weight) < 1e-5 * wanted.weights[0], "\(token.token) \(id)")
            }
            let rows = GeneratedRows(count: 1, shape: RowShape(dimension: matrix.rowWidth))
            try generator.generate(mixture.recipe(seed: 0), into: rows, at: 0)
            #expect(deviation(Array(rows.input.row(0).prefix(wanted.row.count)), wanted.row) < 1e-5, "\(token.token)")
        }
    }
}
