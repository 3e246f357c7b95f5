import Dispatch
import Hypernetworks
import Synchronization
import Testing
import Tokenization

@testable import Generation

/// Rows that comparisons find, made with others and alone.
@Suite struct MixtureBitsTests {
    private static let tokens = [
        " lawmakers", " netanyahu", " presid", "ublic", " xyzzy", " govern", "ing", "on", " the", "ght", " wor",
    ]

    private static func sources(_ model: EmbeddingModel) throws -> [RowSource] {
        var choices = try SimilarityWeighting.Name.allCases.map { name in
            var parameters = MethodParameters()
            parameters.weighting = name.rawValue
            var choice = MethodChoice(.wordVectors)
            try #require(choice.set(parameters).isEmpty)
            return choice
        }
        var pursuit = MethodChoice(.omp)
        pursuit.pursuit = try OrthogonalMatchingPursuit(atoms: 8)
        choices += [pursuit, MethodChoice(.interpolation), MethodChoice(.mean)]
        return try choices.flatMap { choice in
            try tokens.map { try RowPlanner(model, choice).plan(NewToken(.bytes(TokenBytes(Array($0.utf8))))).source }
        }
    }

    /// In an order of more than are compared at once, in another order, and each by itself: the same bits.
    @Test func bitsDoNotDependOnTheCompany() throws {
        let model = try ModelWithParts.shared.get()
        let sources = try Self.sources(model)
        let engine = GenerationEngine()
        let many = (0..<3).flatMap { _ in sources }
        let together = try engine.generate(RowOrder(many), with: model).rows
        let reversed = try engine.generate(RowOrder(many.reversed()), with: model).rows
        for index in many.indices { #expect(together.bits(index) == reversed.bits(many.count - 1 - index)) }
        for (index, source) in sources.enumerated() {
            #expect(try engine.generate(RowOrder([source]), with: model).rows.bits(0) == together.bits(index))
        }
    }

    /// What is resolved early makes the row that it makes when its turn comes.
    @Test func recipesMakeTheSameRows() throws {
        let model = try ModelWithParts.shared.get()
        let queries = try Self.sources(model).compactMap { source in if case .query(let query) = source { query } else { nil } }
        #expect(queries.count > 30)
        let recipes = try model.recipes(of: queries, pause: {}).map { try RowSource.recipe($0.get()) }
        let engine = GenerationEngine()
        let rows = try engine.generate(RowOrder(queries.map(RowSource.query)), with: model).rows
        let resolved = try engine.generate(RowOrder(recipes), with: model).rows
        #expect((0..<rows.count).allSatisfy { rows.bits($0) == resolved.bits($0) })
    }

    /// A request that nobody waits for any more ends between comparisons: 64 are made at once.
    @Test func comparisonsAreGivenUp() throws {
        let model = try ModelWithParts.shared.get()
        let source = try #require(Self.sources(model).first)
        let asked = Atomic(0)
        let answer = Mutex<Result<GeneratedTokens, GenerationError>?>(nil)
        let isAnswered = DispatchSemaphore(value: 0)
        let engine = GenerationEngine()
        defer { withExtendedLifetime(engine) {} }
        try engine.generate(
            RowOrder(Array(repeating: source, count: 200)), with: model,
            isCancelled: { asked.add(1, ordering: .relaxed).newValue > 2 }
        ) { result, _ in
            answer.withLock { $0 = result }
            isAnswered.signal()
        }
        isAnswered.wait()
        #expect(throws: GenerationError.cancelled) { try answer.withLock { $0 }?.get() }
        #expect(asked.load(ordering: .relaxed) == 3)
    }

    @Test func normPoliciesScaleThem() throws {
        let model = try ModelWithParts.shared.get()
        let source = try #require(Self.sources(model).first)
        let rows = try GenerationEngine().generate(RowOrder([source], norm: .matchMean), with: model).rows
        let norm = rows.input.withRow(0) { row in row.indices.reduce(0) { $0 + Double(row[$1]) * Double(row[$1]) } }.squareRoot()
        #expect(abs(norm / model.trainingFree.input.statistics.meanNorm - 1) < 1e-4)
    }

    /// Others have their turn while the tables are read, not only between rows.
    @Test func pausesWhileItCompares() throws {
        let model = try ModelWithParts.shared.get()
        for source in try Self.sources(model) {
            guard case .query(let query) = source else { continue }
            var pauses = 0
            _ = model.recipes(of: [query], pause: { pauses += 1 })
            #expect(pauses > 0)
        }
    }
}
