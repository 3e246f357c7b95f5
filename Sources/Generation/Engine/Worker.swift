import Foundation
import Hypernetworks

/// A thread that computes batches and does jobs, one after the other, with scratch memory of its own.
public final class Worker {
    private let queue: WorkQueue
    private var batch = Batch()
    /// For what interrupts a batch.
    private var urgentBatch = Batch()
    private var isInterrupted = false

    /// How much workers stand back for the threads that talk to clients, when both want the same core: a probe is answered at
    /// once, and delays a batch by a few microseconds.
    private static let niceness: Int32 = 10

    private init(_ queue: WorkQueue) { self.queue = queue }

    /// Starts threads that work until `queue` is stopped and empty.
    static func start(_ count: Int, on queue: WorkQueue) {
        for index in 0..<count {
            let thread = Thread { Worker(queue).work() }
            thread.name = "worker-\(index)"
            thread.start()
        }
    }

    private func work() {
        // On Linux this is the calling thread's own.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        var last = Priority.bulk
        while let work = queue.next(after: last, into: &batch.wanted) {
            if case .batch(let priority) = work { last = priority }
            queue.count { perform(work, with: &batch) }
        }
    }

    /// Does what is more urgent than the present work, which calls this every few milliseconds.
    public func pause() {
        guard !isInterrupted else { return }
        isInterrupted = true
        defer { isInterrupted = false }
        // One batch at most, so that an endless stream of urgent tokens slows bulk work down and does not stop it.
        while let work = queue.nextUrgent(into: &urgentBatch.wanted) {
            perform(work, with: &urgentBatch)
            if case .batch = work { return }
        }
    }

    private func perform(_ work: WorkQueue.Work, with batch: inout Batch) {
        switch work {
        case .job(let job): job(self)
        case .batch(let priority): compute(&batch, priority)
        case .failures(let failures): for (request, error) in failures { request.fail(error, on: self) }
        }
    }

    private func compute(_ batch: inout Batch, _ priority: Priority) {
        guard let generator = batch.wanted.first?.request.generator else { return }
        let start = ContinuousClock.now
        let budget = batch.wanted.lazy.map(\.input).sourceRows
        while !batch.wanted.isEmpty {
            batch.claim(from: generator)
            // The cache has served some: others take their places.
            if batch.rows < budget { queue.fill(priority, of: generator, rows: budget - batch.rows, into: &batch.wanted) }
        }
        let rows = batch.rows
        batch.predict(with: generator) { if priority == .bulk { pause() } }
        queue.finishedBatch(rows: rows, in: .now - start)
        batch.complete(on: self)
    }
}
