import Hypernetworks
import Testing

@testable import Generation

@Suite struct RowCacheTests {
    /// An engine of one worker, and a cache with room for so many tokens.
    private func cached(_ slots: Int) throws -> (ask: (Int...) throws -> Int, RowGenerator) {
        let slotBytes = try defaultGenerator(cacheBytes: 1 << 20).cacheStatistics.slotBytes
        let generator = try defaultGenerator(cacheBytes: slots * slotBytes + slotBytes / 2)
        var configuration = GenerationEngine.Configuration()
        configuration.workers = 1
        let engine = GenerationEngine(configuration)
        let ask: (Int...) throws -> Int = { ids in
            let before = generator.cacheStatistics.hits
            for id in ids { _ = try engine.generate([HypernetworkInput(ids: [Int32(id)])], with: generator) }
            return generator.cacheStatistics.hits - before
        }
        return (ask, generator)
    }

    @Test func keepsRowsWithinItsBudget() throws {
        let (ask, generator) = try cached(3)
        #expect(try ask(1, 2, 3) == 0)
        #expect(try ask(1, 2, 3) == 3)
        #expect(try ask(4, 5, 6, 7, 8, 9) == 0)
        let statistics = generator.cacheStatistics
        #expect(statistics.rows == 3 && statistics.bytes == statistics.capacityBytes)
        #expect(statistics.misses == 9 && statistics.hits == 3 && statistics.joins == 0)
    }

    /// Each slot has its row's numbers and the token's name at the same time.
    @Test func aReusedSlotHasTheNewRow() throws {
        let (ask, generator) = try cached(2)
        #expect(try ask(1, 2, 3, 4) == 0)
        var configuration = GenerationEngine.Configuration()
        configuration.workers = 1
        let engine = GenerationEngine(configuration)
        for id in [3, 4, 1, 2] as [Int32] {
            let token = HypernetworkInput(ids: [id])
            let expected = try engine.generate([token], with: defaultGenerator(cacheBytes: 0))
            #expect(try engine.generate([token], with: generator).bits(0) == expected.bits(0))
        }
    }

    /// A row that was asked for again gets a second chance, a row that was not goes first.
    @Test func givesUpWhatNobodyAskedForAgain() throws {
        let (ask, _) = try cached(3)
        #expect(try ask(1, 2, 3, 1) == 1)
        #expect(try ask(4) == 0)
        #expect(try ask(1, 3, 4) == 3)
        #expect(try ask(2) == 0)
    }

    /// A long list that is asked for once leaves what is asked for all the time.
    @Test func aLongListDoesNotDriveOutFavourites() throws {
        let (ask, _) = try cached(8)
        #expect(try ask(1, 2) == 0)
        for id in 100..<200 {
            #expect(try ask(id) == 0)
            #expect(try ask(1, 2) == 2)
        }
    }

    /// A language makes another token of the same ids.
    @Test func tellsLanguagesApart() {
        #expect(HypernetworkInput(ids: [1], language: 0) != HypernetworkInput(ids: [1], language: 1))
    }

    @Test func withoutRoomNothingIsKept() throws {
        let (ask, generator) = try cached(0)
        #expect(try ask(1, 1, 1) == 0)
        #expect(generator.cacheStatistics.rows == 0 && generator.cacheStatistics.misses == 3)
    }

    /// Whoever is first to compute a token serves all that are no more urgent. An interactive one does not wait for a bulk batch.
    @Test func nobodyWaitsForALessUrgentBatch() throws {
        let generator = try defaultGenerator(cacheBytes: 1 << 20)
        let cache = generator.cache
        let token = HypernetworkInput(ids: [7])
        func claim(_ priority: Priority) -> (batch: [Destination], request: GenerationRequest) {
            let request = GenerationRequest(
                [token], at: [0], of: GeneratedRows(count: 1, shape: generator.hypernetwork.rowShape),
                generator: generator, priority: priority, deadline: nil, isCancelled: { false }, completion: { _, _ in })
            var batch: [Destination] = []
            var completed: [GenerationRequest] = []
            cache.claim([Destination(request: request, token: 0)], into: &batch, completed: &completed)
            #expect(completed.isEmpty)
            return (batch, request)
        }
        let bulk = claim(.bulk)
        let laterBulk = claim(.bulk)
        let interactive = claim(.interactive)
        let laterInteractive = claim(.interactive)
        let lastBulk = claim(.bulk)
        #expect([bulk, laterBulk, interactive, laterInteractive, lastBulk].map(\.batch.count) == [1, 0, 1, 0, 0])
        #expect(cache.statistics.misses == 2 && cache.statistics.joins == 3)

        var workspace = HypernetworkWorkspace()
        generator.hypernetwork.predict([token], workspace: &workspace)
        var completed: [GenerationRequest] = []
        cache.finish(interactive.batch, workspace: workspace, completed: &completed)
        #expect(completed.map(ObjectIdentifier.init) == [interactive, laterInteractive, lastBulk].map { ObjectIdentifier($0.request) })
        cache.finish(bulk.batch, workspace: workspace, completed: &completed)
        #expect(completed.dropFirst(3).map(ObjectIdentifier.init) == [bulk, laterBulk].map { ObjectIdentifier($0.request) })
        #expect(cache.statistics.rows == 1)
    }
}
