import Hypernetworks
import Testing
import Tokenization

@testable import Generation

/// Rows of every kind in one order.
@Suite struct RowOrderTests {
    private let model: EmbeddingModel
    private let engine = GenerationEngine()

    init() throws { model = try sharedModel.get() }

    private func input(_ ids: Int32...) -> RowSource { .hypernetwork(HypernetworkInput(ids: ids)) }

    private func bits(_ sources: [RowSource], norm: NormPolicy = .none) throws -> [[UInt32]] {
        let rows = try engine.generate(RowOrder(sources, norm: norm), with: model).rows
        return (0..<rows.count).map(rows.bits)
    }

    private func baseRow(_ id: Int) throws -> [UInt32] {
        let floats = try model.base.input.floats()
        return floats[id * 384..<(id + 1) * 384].map(\.bitPattern)
    }

    /// Each has the bits that it has alone, at the place where it was ordered.
    @Test func eachRowIsItsOwn() throws {
        let sources: [RowSource] = [
            .recipe(.combination(try .mean(of: [2000, 3000]))), input(3796, 24925, 2078), .copy(1996), input(1060),
            .recipe(.normal(seed: 7)), .recipe(.baseMean), input(3796, 24925, 2078), .recipe(.multivariate(scale: 1e-3, seed: 3)),
        ]
        let together = try bits(sources)
        for (row, source) in zip(together, sources) { #expect(try bits([source]) == [row]) }
        #expect(together[1] == together[6])
        #expect(try together[2] == baseRow(1996))
    }

    @Test func copiesKeepTheirNorm() throws {
        let sources: [RowSource] = [.copy(1996), input(3796, 24925, 2078)]
        let scaled = try bits(sources, norm: .matchMean)
        let plain = try bits(sources)
        #expect(scaled[0] == plain[0] && scaled[1] != plain[1])
    }

    @Test func emptyOrdersAndOrdersWithoutPredictionsAreAnswered() throws {
        #expect(try bits([]).isEmpty)
        #expect(try engine.generate(RowOrder([.copy(5)]), with: sharedBase.get()).rows.bits(0) == baseRow(5))
    }

    @Test func errorsComeBack() throws {
        #expect(throws: GenerationError.method(.rowOutOfRange(row: 30_522, limit: 30_522))) { try bits([input(5), .copy(30_522)]) }
    }
}
