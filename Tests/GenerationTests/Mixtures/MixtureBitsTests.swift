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

    /// What becomes of an order whose caller is gone when it has been asked for so many times.
    private func outcome(
        _ order: RowOrder, _ model: EmbeddingModel, cancelledAfter limit: Int
    ) throws -> (result: Result<GeneratedTokens, GenerationError>, asked: Int) {
        let asked = Atomic(0)
        let answer = Mutex<Result<GeneratedTokens, GenerationError>?>(nil)
        let isAnswered = DispatchSemaphore(value: 0)
        let engine = GenerationEngine()
        defer { withExtendedLifetime(engine) {} }
        try engine.generate(
            order, with: model, isCancelled: { asked.add(1, ordering: .relaxed).newValue > limit }
        ) { result, _ in
            answer.withLock { $0 = result }
            isAnswered.signal()
        }
        isAnswered.wait()
        return (try #require(answer.withLock { $0 }), asked.load(ordering: .relaxed))
    }

    /// A request that nobody waits for any more ends in the middle of a comparison, wherever that is, and asks no more.
    @Test func comparisonsAreGivenUp() throws {
        let model = try ModelWithParts.shared.get()
        var comparisons: Set<RowQuery.Comparison> = []
        for source in try Self.sources(model) {
            guard case .query(let query) = source, comparisons.insert(query.comparison).inserted else { continue }
            let order = RowOrder([source])
            let whole = try outcome(order, model, cancelledAfter: .max)
            #expect(throws: Never.self) { try whole.result.get() }
            // Before it begins, before the table's first block, and at the end at least.
            #expect(whole.asked >= 3)
            for limit in Set([0, 1, 2, whole.asked / 2, whole.asked - 1]) {
                let (result, asked) = try outcome(order, model, cancelledAfter: limit)
                #expect(throws: GenerationError.cancelled) { try result.get() }
                #expect(asked == limit + 1)
            }
        }
        #expect(comparisons.count == 5)
    }

    /// Rows that are made one by one are given up as well, and so is the search for the norms of their neighbours.
    @Test func recipesAndNormsAreGivenUp() throws {
        let model = try ModelWithParts.shared.get()
        let recipes = RowOrder((0..<20).map { .recipe(.normal(seed: $0)) })
        #expect(throws: GenerationError.cancelled) { try outcome(recipes, model, cancelledAfter: 10).result.get() }
        let neighbors = RowOrder([.recipe(.normal(seed: 1))], norm: .matchNeighbors)
        #expect(throws: GenerationError.cancelled) { try outcome(neighbors, model, cancelledAfter: 10).result.get() }
        #expect(throws: Never.self) { try outcome(neighbors, model, cancelledAfter: .max).result.get() }
    }

    /// Reading a table takes long however few rows are mixed: what is quick must not wait for it.
    @Test func comparisonsAreBulkWork() throws {
        let model = try ModelWithParts.shared.get()
        let sources = try Self.sources(model)
        #expect(sources.allSatisfy { source in
            if case .query = source { RowOrder([source]).compares } else { !RowOrder([source]).compares }
        })
        var configuration = GenerationEngine.Configuration()
        configuration.workers = 1
        let engine = GenerationEngine(configuration)
        let (isReady, isFinished) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let order = Mutex<[String]>([])
        // The only worker waits until all is queued.
        engine.perform(.bulk) { _ in isReady.wait() }
        for (name, source) in [("comparison", sources[0]), ("recipe", .recipe(.baseMean))] {
            try engine.generate(RowOrder([source]), with: model) { _, _ in
                order.withLock { $0.append(name) }
                isFinished.signal()
            }
        }
        isReady.signal()
        for _ in 0..<2 { isFinished.wait() }
        #expect(order.withLock { $0 } == ["recipe", "comparison"])
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
