import Hypernetworks
import Testing

@testable import Generation

@Suite struct RequestRingTests {
    private let generator = Result { try defaultGenerator(cacheBytes: 0) }

    private func request(
        _ lengths: [Int], _ generator: RowGenerator, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) -> GenerationRequest {
        GenerationRequest(
            lengths.map { HypernetworkInput(ids: [Int32](repeating: 5, count: $0)) }, at: Array(lengths.indices),
            of: GeneratedRows(count: lengths.count, shape: generator.hypernetwork.rowShape), generator: generator,
            priority: .bulk, deadline: nil, isCancelled: isCancelled, completion: { _, _ in })
    }

    /// What a batch takes, as "request.token".
    private func take(_ ring: inout RequestRing, rows: Int, turn: Int, _ requests: [GenerationRequest]) -> [String] {
        var taken: [Destination] = []
        ring.take(rows: rows, turn: turn, at: .now, into: &taken)
        return taken.map { destination in
            "\(requests.firstIndex { $0 === destination.request } ?? -1).\(destination.token)"
        }
    }

    @Test func requestsTakeTurns() throws {
        let generator = try generator.get()
        let requests = [request([2, 2, 2, 2], generator), request([2], generator), request([2, 2], generator)]
        var ring = RequestRing()
        for request in requests { ring.append(request, at: .now) }
        #expect(ring.rows == 14 && ring.count == 3)
        #expect(take(&ring, rows: 8, turn: 4, requests) == ["0.0", "0.1", "1.0", "2.0"])
        #expect(ring.rows == 6 && ring.count == 2)
        // The end of the batch has cut the third's turn short.
        #expect(take(&ring, rows: 8, turn: 4, requests) == ["2.1", "0.2", "0.3"])
        #expect(ring.isEmpty && ring.rows == 0)
        #expect(take(&ring, rows: 8, turn: 4, requests) == [])
    }

    /// One request may fill a batch when nobody else waits.
    @Test func oneRequestTakesAllTurns() throws {
        let requests = [request([1, 2, 3, 1, 1], try generator.get())]
        var ring = RequestRing()
        ring.append(requests[0], at: .now)
        #expect(take(&ring, rows: 7, turn: 3, requests) == ["0.0", "0.1", "0.2", "0.3"])
        #expect(take(&ring, rows: 7, turn: 3, requests) == ["0.4"])
    }

    @Test func aTokenLongerThanTheBatchGoesByItself() throws {
        let requests = [request([7, 1], try generator.get())]
        var ring = RequestRing()
        ring.append(requests[0], at: .now)
        #expect(take(&ring, rows: 4, turn: 2, requests) == ["0.0"])
    }

    @Test func aBatchHasOneHypernetwork() throws {
        let generators = [try generator.get(), try defaultGenerator(cacheBytes: 0)]
        let requests = [0, 1, 0, 1].map { request([1, 1], generators[$0]) }
        var ring = RequestRing()
        for request in requests { ring.append(request, at: .now) }
        #expect(take(&ring, rows: 10, turn: 5, requests) == ["0.0", "0.1", "2.0", "2.1"])
        #expect(take(&ring, rows: 10, turn: 5, requests) == ["1.0", "1.1", "3.0", "3.1"])
        #expect(ring.isEmpty)
    }

    @Test func failuresTakeTheirRowsWithThem() throws {
        let generator = try generator.get()
        let requests = [request([2, 2, 2], generator, isCancelled: { true }), request([2], generator)]
        var ring = RequestRing()
        for request in requests { ring.append(request, at: .now) }
        _ = take(&ring, rows: 2, turn: 2, requests)
        #expect(ring.rows == 6)
        var failures: [WorkQueue.Failure] = []
        ring.removeFailures(at: .now, into: &failures)
        #expect(failures.map { $0.request === requests[0] } == [true] && failures.map(\.error) == [.cancelled])
        #expect(ring.rows == 2 && ring.count == 1)
    }

    /// Workers would not sleep if what has left still counted as having just come.
    @Test func theDepartedDoNotArrive() throws {
        var ring = RequestRing()
        ring.append(request([1], try generator.get(), isCancelled: { true }), at: .now)
        var failures: [WorkQueue.Failure] = []
        ring.removeFailures(at: .now, into: &failures)
        #expect(ring.isEmpty && ring.arrival == nil)
    }

    /// Only what has just come is worth waiting for company.
    @Test func leftoversHaveWaitedLongEnough() throws {
        let generator = try generator.get()
        let moment = ContinuousClock.now
        let requests = [request([1, 1, 1], generator)]
        var ring = RequestRing()
        #expect(ring.arrival == nil)
        ring.append(requests[0], at: moment)
        #expect(ring.arrival == moment)
        _ = take(&ring, rows: 1, turn: 1, requests)
        #expect(ring.arrival == nil)
    }
}
