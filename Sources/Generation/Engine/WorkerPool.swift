import Foundation
import Hypernetworks
import Synchronization

/// Threads that take jobs from one queue, first come, first served. Each thread owns its scratch memory.
final class WorkerPool: Sendable {
    typealias Job = @Sendable (inout WorkerScratch) -> Void

    private struct State {
        var jobs: [Job] = []
        /// Index of the first job that nobody has taken: the array is compacted once half of it is spent.
        var next = 0
        var isStopping = false
    }

    private let state = Mutex(State())
    /// Counts queued jobs, and one more for each worker when the pool stops.
    private let available = DispatchSemaphore(value: 0)
    let workers: Int

    init(workers: Int) {
        precondition(workers > 0)
        self.workers = workers
        for index in 0..<workers {
            let thread = Thread { [self] in runJobs() }
            thread.name = "worker-\(index)"
            thread.start()
        }
    }

    /// Queues a job. After `stop` it is dropped.
    func submit(_ job: @escaping Job) {
        let accepted = state.withLock { state in
            guard !state.isStopping else { return false }
            state.jobs.append(job)
            return true
        }
        if accepted { available.signal() }
    }

    /// Lets the workers finish what is queued and end.
    func stop() {
        state.withLock { $0.isStopping = true }
        for _ in 0..<workers { available.signal() }
    }

    /// How much workers stand back for the threads that talk to clients, when both want the same core: a probe is answered at
    /// once, and delays a batch by a few microseconds.
    private static let niceness: Int32 = 10

    private func runJobs() {
        // On Linux this is the calling thread's own.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        var scratch = WorkerScratch()
        while true {
            available.wait()
            guard let job = takeJob() else { return }
            job(&scratch)
        }
    }

    private func takeJob() -> Job? {
        state.withLock { state in
            guard state.next < state.jobs.count else { return nil }
            let job = state.jobs[state.next]
            state.next += 1
            if state.next * 2 > state.jobs.count {
                state.jobs.removeFirst(state.next)
                state.next = 0
            }
            return job
        }
    }
}

/// What a worker keeps from job to job: one workspace for the model it served last.
struct WorkerScratch: ~Copyable {
    private var workspace: ZeTTWorkspace?
    private var model: ObjectIdentifier?

    mutating func generate(_ tokens: ArraySlice<ZeTTInput>, model: EmbeddingModel) -> GeneratedRows {
        if self.model != ObjectIdentifier(model) {
            workspace = ZeTTWorkspace(model.hypernetwork.configuration)
            self.model = ObjectIdentifier(model)
        }
        guard var workspace = workspace.take() else { return GeneratedRows(dimension: model.base.dimension) }
        let rows = model.hypernetwork.generate(tokens, workspace: &workspace)
        self.workspace = consume workspace
        return rows
    }
}
