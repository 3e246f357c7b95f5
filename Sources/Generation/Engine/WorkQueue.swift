import DequeModule
import Foundation
import Synchronization

/// What waits for the workers, jobs and tokens, in a lane for each priority, and the rules by which workers take from it.
///
/// Its lock is taken once for a batch, not for each token. Workers without work sleep on its condition.
final class WorkQueue: @unchecked Sendable {
    typealias Job = @Sendable (Worker) -> Void
    typealias Failure = (request: GenerationRequest, error: GenerationError)

    private struct Lane {
        var jobs: Deque<Job> = []
        var requests = RequestRing()
    }

    private let configuration: GenerationEngine.Configuration
    private let condition = NSCondition()
    // Guarded by `condition`.
    private var lanes = Priority.allCases.map { _ in Lane() }
    /// Requests that nobody has told yet that they failed.
    private var failures: [Failure] = []
    private var computingWorkers = 0
    private var isStopping = false
    private var work = WorkStatistics()

    /// Workers that are at jobs and batches, and what all of them have spent on those.
    private let busyWorkers = Atomic(0)
    private let busyNanoseconds = Atomic(0)

    /// How much is in the interactive lane, for workers that look without the lock.
    private let urgent = Atomic(0)

    init(configuration: GenerationEngine.Configuration) { self.configuration = configuration }

    var statistics: WorkStatistics {
        condition.withLock {
            var statistics = work
            for priority in Priority.allCases {
                statistics.waitingRowsByPriority[priority] = lanes[priority.lane].requests.rows
            }
            statistics.busyWorkers = busyWorkers.load(ordering: .relaxed)
            statistics.busy = .nanoseconds(busyNanoseconds.load(ordering: .relaxed))
            return statistics
        }
    }

    // MARK: Adding

    /// Queues a job. After `stop` it is dropped.
    func submit(_ job: @escaping Job, _ priority: Priority) {
        condition.withLock {
            guard !isStopping else { return }
            lanes[priority.lane].jobs.append(job)
            countUrgent()
            condition.signal()
        }
    }

    /// Queues the tokens of a request.
    ///
    /// - Parameter isAdmitted: whether to queue it however much waits.
    /// - Throws: `queueFull`.
    func submit(_ request: GenerationRequest, isAdmitted: Bool = false) throws(GenerationError) {
        let error: GenerationError? = condition.withLock {
            let now = ContinuousClock.now
            if !isAdmitted, !hasRoom(for: request) { collectFailures(at: now) }
            guard isAdmitted || hasRoom(for: request) else {
                work.refused += 1
                return .queueFull(
                    maximumRows: configuration.waitingRows * request.generator.hypernetwork.batchScale,
                    retryAfter: work.time(forRows: lanes[request.priority.lane].requests.rows, workers: configuration.workers))
            }
            lanes[request.priority.lane].requests.append(request, at: now)
            countUrgent()
            condition.broadcast()
            return nil
        }
        if let error { throw error }
    }

    private func hasRoom(for request: GenerationRequest) -> Bool {
        lanes[request.priority.lane].requests.rows + request.sourceRows
            <= configuration.waitingRows * request.generator.hypernetwork.batchScale
    }

    private func collectFailures(at now: ContinuousClock.Instant) {
        let known = failures.count
        for lane in lanes.indices { lanes[lane].requests.removeFailures(at: now, into: &failures) }
        for failure in failures[known...] { work.add(failure.error) }
        countUrgent()
    }

    private func countUrgent() {
        let lane = lanes[Priority.interactive.lane]
        urgent.store(lane.jobs.count + lane.requests.count, ordering: .relaxed)
    }

    /// Lets the workers finish what is queued and end.
    func stop() {
        condition.withLock {
            isStopping = true
            condition.broadcast()
        }
    }

    /// Takes note of what has been given up without a batch.
    func note(_ error: GenerationError) { condition.withLock { work.add(error) } }

    /// Does a piece of a worker's work, and takes note of what is spent on it.
    func count(_ work: () -> Void) {
        let start = ContinuousClock.now
        busyWorkers.add(1, ordering: .relaxed)
        work()
        busyWorkers.subtract(1, ordering: .relaxed)
        busyNanoseconds.add(Int((.now - start) / .nanoseconds(1)), ordering: .relaxed)
    }

    // MARK: Taking

    /// What a worker does next.
    enum Work {
        case job(Job)
        /// Computes the tokens that it was given.
        case batch(Priority)
        /// Tells requests that they failed.
        case failures([Failure])
    }

    /// Waits for work.
    ///
    /// - Parameters:
    ///   - last: of which priority the worker's last batch was: interactive tokens go first, but not always.
    ///   - tokens: those of a batch are added here.
    /// - Returns: nil when there will be no more.
    func next(after last: Priority, into tokens: inout [Destination]) -> Work? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            let now = ContinuousClock.now
            if let work = takeFailures(at: now) ?? takeJob(.interactive) ?? takeJob(.bulk) { return work }
            let order: [Priority] = last == .interactive ? [.bulk, .interactive] : [.interactive, .bulk]
            if let priority = order.first(where: { mayTakeBatch($0, at: now) }) { return takeBatch(priority, at: now, into: &tokens) }
            if let moment = lanes.compactMap(\.requests.arrival).min() {
                _ = condition.wait(until: Date(timeIntervalSinceNow: (moment + configuration.batchDelay - now) / .seconds(1)))
            } else if isStopping {
                return nil
            } else {
                condition.wait()
            }
        }
    }

    /// Work that should not wait for the end of what the worker is doing.
    func nextUrgent(into tokens: inout [Destination]) -> Work? {
        guard urgent.load(ordering: .relaxed) > 0 else { return nil }
        return condition.withLock {
            let now = ContinuousClock.now
            if let work = takeFailures(at: now) ?? takeJob(.interactive) { return work }
            return lanes[Priority.interactive.lane].requests.isEmpty ? nil : takeBatch(.interactive, at: now, into: &tokens)
        }
    }

    /// Takes more for a batch that the cache has served in part.
    func fill(_ priority: Priority, of generator: RowGenerator, rows: Int, into tokens: inout [Destination]) {
        condition.withLock {
            let now = ContinuousClock.now
            lanes[priority.lane].requests.take(rows: rows, turn: rows, of: generator, at: now, into: &tokens)
            countUrgent()
        }
    }

    private func takeFailures(at now: ContinuousClock.Instant) -> Work? {
        collectFailures(at: now)
        guard !failures.isEmpty else { return nil }
        defer { failures = [] }
        return .failures(failures)
    }

    private func takeJob(_ priority: Priority) -> Work? {
        defer { countUrgent() }
        return lanes[priority.lane].jobs.popFirst().map { .job($0) }
    }

    private func takeBatch(_ priority: Priority, at now: ContinuousClock.Instant, into tokens: inout [Destination]) -> Work {
        let rows = batchRows(priority)
        lanes[priority.lane].requests.take(rows: rows, turn: (rows + 1) / 2, at: now, into: &tokens)
        computingWorkers += 1
        countUrgent()
        return .batch(priority)
    }

    /// Source rows of the next batch. What waits is shared out, so that no worker idles while another has all that is left.
    private func batchRows(_ priority: Priority) -> Int {
        let requests = lanes[priority.lane].requests
        let scale = requests.generator?.hypernetwork.batchScale ?? 1
        guard priority == .bulk else { return scale * configuration.interactiveRows }
        let share = (requests.rows + configuration.workers - 1) / configuration.workers
        return min(max(share, scale * configuration.interactiveRows), scale * configuration.batchRows)
    }

    /// Whether there are tokens for a batch that is full, or cannot be expected to become fuller.
    private func mayTakeBatch(_ priority: Priority, at now: ContinuousClock.Instant) -> Bool {
        let requests = lanes[priority.lane].requests
        guard !requests.isEmpty else { return false }
        guard computingWorkers > 0, let arrival = requests.arrival else { return true }
        return now >= arrival + configuration.batchDelay || requests.rows >= batchRows(priority)
    }

    /// Takes note that a worker has computed a batch.
    func finishedBatch(rows: Int, in duration: Duration) {
        condition.withLock {
            computingWorkers -= 1
            work.add(rows: rows, duration)
            if computingWorkers == 0 { condition.signal() }
        }
    }
}
