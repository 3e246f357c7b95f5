import Testing

@testable import HTTPServer

@Suite struct OutputQueueTests {
    /// Lets `queue` write at most so many bytes.
    private func write(_ limit: Int, of queue: inout OutputQueue) {
        queue.writeNext { first, second, _ in min(limit, first.count + second.count) }
    }

    /// Half a chunk that has left still takes up the memory of the whole.
    @Test func holdsAChunkUntilAllOfItHasLeft() {
        var queue = OutputQueue()
        queue.append([UInt8](repeating: 1, count: 8_000))
        queue.append([UInt8](repeating: 2, count: 9_000))
        #expect(queue.count == 17_000 && queue.held == 17_000)
        write(5_000, of: &queue)
        #expect(queue.count == 12_000 && queue.held == 17_000)
        write(4_000, of: &queue)
        #expect(queue.count == 8_000 && queue.held == 9_000)
        write(8_000, of: &queue)
        #expect(queue.isEmpty && queue.held == 0)
    }
}
