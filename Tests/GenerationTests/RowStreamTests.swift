import Dispatch
import Hypernetworks
import Synchronization
import Testing

@testable import Generation

@Suite struct RowStreamTests {
    private let model: EmbeddingModel
    private let sources: [RowSource]

    init() throws {
        model = try sharedModel.get()
        sources = (0..<1_000).map { .hypernetwork(HypernetworkInput(ids: [Int32(2000 + $0), Int32(3000 + $0 % 7)])) }
    }

    private static let sliceSize = 32

    private func stream(
        _ engine: GenerationEngine, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> RowStream {
        let sources = sources
        return try RowStream(
            engine, model: model, count: (sources.count + Self.sliceSize - 1) / Self.sliceSize, isCancelled: isCancelled
        ) { slice in
            RowOrder(Array(sources[slice * Self.sliceSize..<min((slice + 1) * Self.sliceSize, sources.count)]))
        }
    }

    @Test func slicesComeInOrderWithTheBitsOfOneRequest() throws {
        let engine = GenerationEngine()
        let whole = try engine.generate(RowOrder(sources), with: model).rows
        let stream = try stream(engine)
        var row = 0
        while let slice = try stream.wait() {
            #expect(slice.count == min(Self.sliceSize, sources.count - row))
            for place in 0..<slice.count {
                #expect(slice.bits(place) == whole.bits(row))
                row += 1
            }
        }
        #expect(row == sources.count)
        guard case .end = stream.next() else {
            Issue.record("no end")
            return
        }
    }

    /// However slow the taker is, few slices are computed before it comes for them.
    @Test func staysLittleAheadOfItsTaker() throws {
        var configuration = GenerationEngine.Configuration()
        configuration.workers = 2
        let engine = GenerationEngine(configuration)
        let begun = Atomic(0)
        let stream = try RowStream(engine, model: model, count: 1_000) { slice in
            begun.add(1, ordering: .relaxed)
            return RowOrder([.hypernetwork(HypernetworkInput(ids: [Int32(2000 + slice)]))])
        }
        for taken in 1...20 {
            #expect(try stream.wait() != nil)
            #expect(begun.load(ordering: .relaxed) <= taken + 5)
        }
    }

    @Test func stopsForThoseWhoLeave() throws {
        let engine = GenerationEngine()
        let isGone = Atomic(false)
        let stream = try stream(engine) { isGone.load(ordering: .relaxed) }
        #expect(try stream.wait() != nil)
        isGone.store(true, ordering: .relaxed)
        #expect(throws: GenerationError.cancelled) { while try stream.wait() != nil {} }
    }

    /// One that nobody holds any more computes nothing more.
    @Test func endsWithItsOwner() throws {
        let engine = GenerationEngine()
        let begun = Atomic(0)
        do {
            let stream = try RowStream(engine, model: model, count: 1_000) { slice in
                begun.add(1, ordering: .relaxed)
                return RowOrder([.hypernetwork(HypernetworkInput(ids: [Int32(2000 + slice)]))])
            }
            #expect(try stream.wait() != nil)
        }
        // What was under way ends before anything that comes later.
        _ = try engine.generate(RowOrder(sources), with: model)
        #expect(begun.load(ordering: .relaxed) < 50)
    }

    /// The first slice is refused like any request; the others of a stream that was let in are not.
    @Test func onlyTheFirstSliceIsRefused() throws {
        var configuration = GenerationEngine.Configuration()
        configuration.waitingRows = 64
        let engine = GenerationEngine(configuration)
        let stream = try stream(engine)
        var count = 0
        while try stream.wait() != nil { count += 1 }
        #expect(count == 32)
        configuration.waitingRows = 63
        let smaller = GenerationEngine(configuration)
        #expect(throws: GenerationError.self) { _ = try self.stream(smaller) }
    }

    @Test func anEmptyListHasNoSlices() throws {
        let stream = try RowStream(GenerationEngine(), model: model, count: 0) { _ in RowOrder([]) }
        #expect(try stream.wait() == nil)
    }
}
