import Foundation
import Hypernetworks
import Tensors
import Testing
import Tokenization

@testable import Generation

/// The default model's base with the golden BiLSTM, which reads 150 words and predicts 32 coordinates.
@Suite struct HyperOFAModelTests {
    private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden/hyperofa-bilstm-2-layers").path

    private static let words = (0..<150).map { id in
        switch id {
        case 7: "blockchain"
        case 40: "chains"
        case 99: "CHAIN"
        case 120: "BlockChain"
        default: "w\(id)"
        }
    }

    /// Word vectors whose numbers do not matter: the checkpoint has its own.
    private static func writeWords(_ words: [String]) throws -> String {
        let path = NSTemporaryDirectory() + "/words-\(UUID().uuidString).vec"
        let lines = ["\(words.count) 2"] + words.map { "\($0) 1 2" }
        try lines.joined(separator: "\n").appending("\n").write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static func load(words: [String]? = words) throws -> EmbeddingModel {
        var paths = ModelPaths(base: try DefaultModel.folder() + "/base", hypernetwork: golden)
        paths.parts.wordVectors = try words.map(writeWords)
        defer { paths.parts.wordVectors.map { path in _ = unlink(path) } }
        return try EmbeddingModel(name: "hyperofa", paths: paths)
    }

    private static let shared = Result { try load() }

    private func plan(_ token: NewToken, _ choice: MethodChoice = MethodChoice()) throws -> PlannedRow {
        try RowPlanner(Self.shared.get(), choice).plan(token)
    }

    private func token(_ text: String, wordIDs: [Int32]? = nil) -> NewToken {
        NewToken(.bytes(TokenBytes(Array(text.utf8))), wordIDs: wordIDs)
    }

    private func goldenCase() throws -> HyperOFAGoldenCase {
        try HyperOFAGoldenCase(
            path: Self.golden + "/case.safetensors", configuration: HyperOFAConfiguration(path: Self.golden + "/model_config.yaml"))
    }

    @Test func coordinatesAreTheAuthors() throws {
        let (model, goldenCase) = (try Self.shared.get(), try goldenCase())
        let order = RowOrder(try goldenCase.tokens.map { try plan(token("x", wordIDs: $0)).source })
        let rows = try GenerationEngine().generate(order, with: model).rows
        let coordinates = try #require(rows.coordinates)
        var predicted = Matrix(rows: rows.count, columns: coordinates.columns)
        for row in 0..<rows.count { coordinates.load(row, into: &predicted, row: row) }
        let deviation = goldenCase.deviation(of: predicted)
        #expect(deviation.absolute < 1e-4 && deviation.relative < 1e-4)

        // Rows are coordinates times primitives.
        let primitives = try #require(model.factorization).primitives.floats()
        for row in 0..<rows.count {
            rows.input.withRow(row) { input in
                for column in stride(from: 0, to: input.count, by: 37) {
                    let expected = predicted.row(row).enumerated().reduce(0) {
                        $0 + Double($1.element) * Double(primitives[$1.offset * input.count + column])
                    }
                    #expect(abs(Double(input[column]) - expected) < 1e-4 * max(1, abs(expected)))
                }
            }
        }
    }

    /// Long tokens and short ones, alone and in batches of several sizes, by several workers: the same bits.
    @Test func rowBitsDoNotDependOnTheCompany() throws {
        let hypernetwork = try #require(Self.shared.get().predictor).hypernetwork
        let generator = RowGenerator(hypernetwork, cacheBytes: 0)
        let tokens = (0..<300).map { index in
            HypernetworkInput(ids: (0..<[1, 3, 20, 256][index % 4]).map { Int32(($0 * 7 + index) % 150) })
        }
        let engine = GenerationEngine()
        let together = try engine.generate(tokens, with: generator)
        for index in stride(from: 0, to: tokens.count, by: 13) {
            #expect(try engine.generate([tokens[index]], with: generator).bits(0) == together.bits(index))
        }
        // A cached row is the same row.
        let caching = RowGenerator(hypernetwork, cacheBytes: 1 << 20)
        for _ in 0..<2 {
            let rows = try engine.generate(Array(tokens.prefix(50)), with: caching)
            #expect((0..<50).allSatisfy { rows.bits($0) == together.bits($0) })
        }
        #expect(caching.cacheStatistics.hits == 50)
    }

    /// The words of tokens take as much as their rows: they count in what the cache may take up.
    @Test func wordsCountInTheCache() throws {
        let hypernetwork = try #require(Self.shared.get().predictor).hypernetwork
        let generator = RowGenerator(hypernetwork, cacheBytes: 40_000)
        let tokens = (0..<20).map { index in HypernetworkInput(ids: (0..<256).map { Int32(($0 + index) % 150) }) }
        _ = try GenerationEngine().generate(tokens, with: generator)
        let statistics = generator.cacheStatistics
        #expect(statistics.rows > 0 && statistics.rows * (hypernetwork.rowShape.bytes + 256 * 4) <= 40_000)
        #expect(statistics.bytes <= 40_000)
    }

    /// A token that the base has can be copied, one in words is predicted, any other is drawn, from its seed.
    @Test func threeStepsOfInitialization() throws {
        let model = try Self.shared.get()
        let predicted = try plan(token("chain"))
        #expect(predicted.status == .generated && predicted.pieces == [7, 120])
        #expect(try plan(token(" chain")).pieces == [40, 99])
        #expect(model.bytes(ofPiece: 99, of: predicted.source) == Array("CHAIN".utf8))

        let drawn = try plan(token("qqq"))
        #expect(drawn.status == .sampled && drawn.pieces.isEmpty)
        let normal = try plan(token("qqq"), MethodChoice(.normal))
        let copied = PlannedRow.copy(1_996)
        #expect(copied.status == .copied)
        let order = RowOrder([drawn, normal, copied, try plan(token("rrr"))].map(\.source))
        let rows = try GenerationEngine().generate(order, with: model).rows
        #expect(rows.bits(0) == rows.bits(1) && rows.bits(0) != rows.bits(3))
        // A copied row has the coordinates that the factorisation gives it.
        let factorization = try #require(model.factorization)
        let expected = try factorization.coordinates.floats()[1_996 * 32..<1_997 * 32]
        let found = try #require(rows.coordinates).withRow(2) { row in row.indices.map { row[$0] } }
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test func normPoliciesScaleCoordinatesToo() throws {
        let model = try Self.shared.get()
        let source = try plan(token("chain")).source
        let engine = GenerationEngine()
        let plain = try engine.generate(RowOrder([source]), with: model).rows
        let scaled = try engine.generate(RowOrder([source], norm: .matchMean), with: model).rows
        func numbers(_ rows: RowStorage?) throws -> [Float] { try #require(rows).withRow(0) { row in row.indices.map { row[$0] } } }
        let factor = try numbers(scaled.input)[0] / numbers(plain.input)[0]
        #expect(abs(factor - 1) > 1e-3)
        for (before, after) in zip(try numbers(plain.coordinates), try numbers(scaled.coordinates)) {
            #expect(abs(after - factor * before) < 1e-4 * abs(factor) * (abs(before) + 0.1))
        }
    }

    @Test func refusals() throws {
        for ids: [Int32] in [[], [150], [-1], [3, 151]] where !ids.isEmpty {
            #expect(throws: RowPlanError.self) { try plan(token("chain", wordIDs: ids)) }
        }
        #expect(throws: RowPlanError.self) { try plan(token("chain", wordIDs: Array(repeating: 1, count: 257))) }
        // Without a table of words only ids are read.
        let wordless = RowPlanner(try Self.load(words: nil), MethodChoice())
        #expect(throws: RowPlanError.self) { try wordless.plan(token("chain")) }
        #expect(try wordless.plan(token("chain", wordIDs: [3, 4])).pieces == [3, 4])
        // Words in another number are not those that the hypernetwork was trained with.
        let fewer = #expect(throws: ModelLoadError.self) { try Self.load(words: Array(Self.words.dropLast())) }
        // It names their file, not the table that is made of it.
        #expect(fewer.map { "\($0)" }?.contains(".vec: 149 words, but the hypernetwork was trained with 150") == true)
    }
}
