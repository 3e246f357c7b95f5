import Foundation
import Hypernetworks
import Synchronization
import Testing

@testable import Generation

@Suite struct GenerationEngineTests {
    /// 10,000 random tokens one by one, in one request, and in random slices from 16 clients at once, by one worker and by several:
    /// the same bits. No cache helps.
    @Test func rowBitsDoNotDependOnTheCompany() throws {
        let generator = try defaultGenerator(cacheBytes: 0)
        let tokens = randomTokens(10_000, generator)
        let together = try engine(workers: 1).generate(tokens, with: generator)
        #expect(together.count == tokens.count)

        for workers in [1, 4] {
            let engine = engine(workers: workers)
            let mismatches = Atomic(0)
            DispatchQueue.concurrentPerform(iterations: 16) { client in
                for _ in 0..<4 {
                    let start = Int.random(in: 0..<tokens.count)
                    let end = min(tokens.count, start + Int.random(in: 1...[3, 40, 700].randomElement()!))
                    let rows = try? engine.generate(Array(tokens[start..<end]), with: generator)
                    for index in start..<end where rows?.bits(index - start) != together.bits(index) {
                        mismatches.add(1, ordering: .relaxed)
                    }
                }
                // Each client asks for its part one by one.
                guard workers > 1 else { return }
                for index in stride(from: client, to: tokens.count, by: 16) {
                    let alone = try? engine.generate([tokens[index]], with: generator)
                    if alone?.bits(0) != together.bits(index) { mismatches.add(1, ordering: .relaxed) }
                }
            }
            #expect(mismatches.load(ordering: .relaxed) == 0, "\(workers) workers")
        }
        #expect(generator.cacheStatistics.hits == 0 && generator.cacheStatistics.bytes == 0)
    }

    @Test func anEmptyRequestHasNoRows() throws {
        #expect(try engine(workers: 1).generate([], with: defaultGenerator()).count == 0)
    }

    @Test func refusesWhatDoesNotFitTheQueue() throws {
        let generator = try defaultGenerator()
        let engine = engine(workers: 1) { $0.waitingRows = 10 }
        let tokens = [HypernetworkInput](repeating: HypernetworkInput(ids: [5, 6]), count: 6)
        #expect {
            _ = try engine.generate(tokens, with: generator)
        } throws: { error in
            guard case GenerationError.queueFull(maximumRows: 10, let retryAfter) = error else { return false }
            return retryAfter >= .zero
        }
        #expect(engine.statistics.refused == 1)
        // The refused request left the queue as it was, and each priority has a queue of its own.
        for priority in [.interactive, .bulk, .interactive] as [Priority] {
            #expect(try engine.generate(Array(tokens.prefix(5)), with: generator, priority: priority).count == 5)
        }
    }

    /// Equal tokens are computed once, whether they are in one request, in several at once, or have been before.
    @Test func computesEqualTokensOnce() throws {
        let generator = try defaultGenerator()
        let engine = engine(workers: 2)
        let distinct = Array(Set(randomTokens(300, generator)))
        let tokens = (0..<8).flatMap { _ in distinct.shuffled() }
        DispatchQueue.concurrentPerform(iterations: 8) { _ in _ = try? engine.generate(tokens, with: generator) }
        let statistics = generator.cacheStatistics
        #expect(statistics.misses == distinct.count)
        #expect(statistics.hits + statistics.joins == 8 * tokens.count - distinct.count)
        #expect(statistics.rows == distinct.count && statistics.bytes >= distinct.count * 384 * 4)

        let reference = try self.engine(workers: 1).generate(tokens, with: defaultGenerator(cacheBytes: 0))
        let rows = try engine.generate(tokens, with: generator)
        for index in tokens.indices { #expect(rows.bits(index) == reference.bits(index)) }
    }

    @Test func saysHowManyRowsWereThere() async throws {
        let generator = try defaultGenerator()
        let engine = engine(workers: 1)
        let tokens = Array(Set(randomTokens(50, generator)))
        _ = try engine.generate(Array(tokens.prefix(20)), with: generator)
        let generated = try await withCheckedThrowingContinuation { continuation in
            do {
                try engine.generate(tokens, with: generator) { result, _ in continuation.resume(with: result) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        #expect(generated.cached == 20 && generated.rows.count == tokens.count)
    }

    // MARK: Order

    /// A single token overtakes a request of thousands, on a pool that has nothing but that to do.
    @Test func fewTokensOvertakeMany() throws {
        let generator = try defaultGenerator(cacheBytes: 0)
        let engine = engine(workers: 1)
        let order = Mutex<[String]>([])
        let finished = DispatchSemaphore(value: 0)
        func ask(_ name: String, _ count: Int) throws {
            try engine.generate(randomTokens(count, generator), with: generator) { _, _ in
                order.withLock { $0.append(name) }
                finished.signal()
            }
        }
        try ask("thousands", 3_000)
        try ask("hundreds", 300)
        // The thousands are under way.
        while engine.statistics.batches == 0 { Thread.sleep(forTimeInterval: 0.001) }
        try ask("one", 1)
        for _ in 0..<3 { finished.wait() }
        #expect(order.withLock { $0 } == ["one", "hundreds", "thousands"])
    }

    /// What waits together is computed together.
    @Test func batchesTokensOfManyRequests() throws {
        let generator = try defaultGenerator(cacheBytes: 0)
        let engine = engine(workers: 1)
        let held = Hold(engine)
        let finished = DispatchSemaphore(value: 0)
        for token in randomTokens(40, generator, lengths: 1...3) {
            try engine.generate([token], with: generator) { _, _ in finished.signal() }
        }
        held.release()
        for _ in 0..<40 { finished.wait() }
        // 40 to 120 rows, of which an interactive batch takes 64.
        #expect(engine.statistics.batches <= 2)
    }

    @Test func longJobsLetUrgentOnesPass() {
        let engine = engine(workers: 1)
        let isDone = Atomic(false)
        let finished = DispatchSemaphore(value: 0)
        engine.perform(.bulk) { worker in
            engine.perform(.interactive) { _ in isDone.store(true, ordering: .relaxed) }
            while !isDone.load(ordering: .relaxed) { worker.pause() }
            finished.signal()
        }
        #expect(finished.wait(timeout: .now() + 20) == .success)
    }

    // MARK: Giving up

    @Test func leavesOutWhatNobodyWaitsFor() throws {
        let generator = try defaultGenerator()
        let engine = engine(workers: 1)
        #expect(outcome(of: randomTokens(2_000, generator), engine, generator, isCancelled: { true }) == .cancelled)
        #expect(engine.statistics.batches == 0 && engine.statistics.waitingRows == 0)
        #expect(engine.statistics.cancelled == 1 && engine.statistics.late == 0)
    }

    @Test func leavesOutWhatIsTooLate() throws {
        let generator = try defaultGenerator()
        let engine = engine(workers: 1)
        let held = Hold(engine)
        let deadline = ContinuousClock.now + .milliseconds(20)
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { held.release() }
        #expect(outcome(of: randomTokens(10, generator), engine, generator, deadline: deadline) == .deadlineExceeded)
        #expect(engine.statistics.batches == 0 && engine.statistics.late == 1 && engine.statistics.cancelled == 0)
        #expect(outcome(of: randomTokens(10, generator), engine, generator, deadline: .now + .seconds(60)) == nil)
    }

    /// Those who have left make room for those who come.
    @Test func theDepartedMakeRoom() throws {
        let generator = try defaultGenerator()
        let engine = engine(workers: 1) { $0.waitingRows = 20 }
        let held = Hold(engine)
        let isGone = Mutex(false)
        let failure = Mutex<GenerationError?>(nil)
        let tokens = [HypernetworkInput](repeating: HypernetworkInput(ids: [5, 6, 7]), count: 5)
        let finished = DispatchSemaphore(value: 0)
        try engine.generate(tokens, with: generator, isCancelled: { isGone.withLock { $0 } }) { result, _ in
            if case .failure(let error) = result { failure.withLock { $0 = error } }
            finished.signal()
        }
        #expect(throws: GenerationError.self) { try engine.generate(tokens, with: generator) { _, _ in } }
        isGone.withLock { $0 = true }
        try engine.generate(tokens, with: generator) { _, _ in finished.signal() }
        held.release()
        finished.wait()
        finished.wait()
        #expect(failure.withLock { $0 } == .cancelled)
    }

    /// Engines come and go with their threads.
    @Test func endsItsThreads() throws {
        let before = try threadCount()
        for _ in 0..<100 { _ = try engine(workers: 4).generate([HypernetworkInput(ids: [5])], with: defaultGenerator()) }
        // Other tests have threads of their own; 400 that stayed would stand out all the same.
        for _ in 0..<100 where try threadCount() > before + 50 { Thread.sleep(forTimeInterval: 0.05) }
        #expect(try threadCount() <= before + 50)
    }

    private func threadCount() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
    }

    private func outcome(
        of tokens: [HypernetworkInput], _ engine: GenerationEngine, _ generator: RowGenerator,
        deadline: ContinuousClock.Instant? = nil, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) -> GenerationError? {
        let finished = DispatchSemaphore(value: 0)
        let failure = Mutex<GenerationError?>(nil)
        do {
            try engine.generate(tokens, with: generator, deadline: deadline, isCancelled: isCancelled) { result, _ in
                if case .failure(let error) = result { failure.withLock { $0 = error } }
                finished.signal()
            }
        } catch {
            return error
        }
        finished.wait()
        return failure.withLock { $0 }
    }

    private func engine(
        workers: Int, _ change: (inout GenerationEngine.Configuration) -> Void = { _ in }
    ) -> GenerationEngine {
        var configuration = GenerationEngine.Configuration()
        configuration.workers = workers
        change(&configuration)
        return GenerationEngine(configuration)
    }
}

/// Keeps an engine's only worker from what is queued until it is let go.
private final class Hold: Sendable {
    private let gate = DispatchSemaphore(value: 0)

    init(_ engine: GenerationEngine) {
        let begun = DispatchSemaphore(value: 0)
        engine.perform(.bulk) { [gate] _ in
            begun.signal()
            gate.wait()
        }
        begun.wait()
    }

    func release() { gate.signal() }
}
