import Dispatch
import Hypernetworks
import Synchronization

/// Rows of a long list of tokens, slice by slice in order: a few slices are computed ahead of whoever takes them, so that however
/// long the list is, few rows are in memory at once.
public final class RowStream: Sendable {
    /// Makes the order of a slice, on whichever thread has room for it.
    public typealias Slice = @Sendable (_ slice: Int) -> RowOrder

    /// What comes next.
    public enum Next: Sendable {
        case rows(GeneratedRows)
        /// Not finished yet.
        case notYet
        case failed(GenerationError)
        case end
    }

    private struct State {
        /// Slices that were given to the engine, and that were taken.
        var begun = 0
        var taken = 0
        var finished: [Int: Result<GeneratedRows, GenerationError>] = [:]
        var cached = 0
        var queued = Duration.zero
        var computed = Duration.zero
        var resume: (@Sendable (Worker) -> Void)?
    }

    private let engine: GenerationEngine
    private let model: EmbeddingModel
    private let count: Int
    private let slice: Slice
    private let priority: Priority?
    private let deadline: ContinuousClock.Instant?
    private let isCancelled: @Sendable () -> Bool
    /// Slices that are computed or finished before the first of them is taken: two for each worker keep all of them busy while
    /// the oldest is on its way out.
    private let ahead: Int
    private let state = Mutex(State())

    /// Begins to compute.
    ///
    /// - Parameters:
    ///   - count: slices.
    ///   - priority: nil to go by the size of each slice.
    ///   - isAdmitted: whether it belongs to something that has been let in before: no queue is too full for it then.
    ///   - isCancelled: asked before each batch; once it says yes, nothing more is computed.
    /// - Throws: `queueFull`; slices after the first wait for their turn however full the queue is.
    public init(
        _ engine: GenerationEngine, model: EmbeddingModel, count: Int, priority: Priority? = nil,
        deadline: ContinuousClock.Instant? = nil, isAdmitted: Bool = false,
        isCancelled: @escaping @Sendable () -> Bool = { false }, slice: @escaping Slice
    ) throws(GenerationError) {
        self.engine = engine
        self.model = model
        self.count = count
        self.slice = slice
        self.priority = priority
        self.deadline = deadline
        self.isCancelled = isCancelled
        ahead = 2 * engine.workers + 1
        if count > 0 {
            state.withLock { $0.begun = 1 }
            try begin(0, isAdmitted: isAdmitted)
            beginMore()
        }
    }

    /// Tokens whose rows were finished before they were asked for, in the slices that are finished.
    public var cached: Int { state.withLock { $0.cached } }

    /// What the slices that are finished have waited, and what they were computed for, each added up: several go at once.
    public var durations: (queued: Duration, computed: Duration) { state.withLock { ($0.queued, $0.computed) } }

    /// The next slice, if it is finished.
    public func next() -> Next {
        let next = state.withLock { state -> Next in
            guard state.taken < count else { return .end }
            guard let result = state.finished.removeValue(forKey: state.taken) else { return .notYet }
            state.taken += 1
            return switch result {
            case .success(let rows): .rows(rows)
            case .failure(let error): .failed(error)
            }
        }
        if case .rows = next { beginMore() }
        return next
    }

    /// Calls `resume` once `next` has something, on a worker; at once, if it has.
    public func whenReady(_ resume: @escaping @Sendable (Worker) -> Void) {
        let isReady = state.withLock { state in
            if state.taken == count || state.finished[state.taken] != nil { return true }
            state.resume = resume
            return false
        }
        if isReady { engine.perform(priority ?? .interactive, resume) }
    }

    private func beginMore() {
        while true {
            let slice = state.withLock { state -> Int? in
                guard state.begun < count, state.begun - state.taken < ahead else { return nil }
                defer { state.begun += 1 }
                return state.begun
            }
            guard let slice else { return }
            do throws(GenerationError) {
                try begin(slice, isAdmitted: true)
            } catch {
                finish(slice, .failure(error)).map { engine.perform(priority ?? .interactive, $0) }
            }
        }
    }

    private func begin(_ index: Int, isAdmitted: Bool) throws(GenerationError) {
        // The engine holds on to the stream only as long as somebody else does.
        try engine.generate(
            slice(index), with: model, priority: priority, deadline: deadline, isAdmitted: isAdmitted,
            isCancelled: { [weak self] in self?.isCancelled() ?? true }
        ) { [weak self] result, worker in
            guard let self else { return }
            if case .success(let generated) = result {
                state.withLock { state in
                    state.cached += generated.cached
                    state.queued += generated.queued
                    state.computed += generated.computed
                }
            }
            finish(index, result.map(\.rows))?(worker)
        }
    }

    /// Keeps the result of a slice; returns who waits for it.
    private func finish(
        _ slice: Int, _ result: Result<GeneratedRows, GenerationError>
    ) -> (@Sendable (Worker) -> Void)? {
        state.withLock { state in
            state.finished[slice] = result
            return slice == state.taken ? state.resume.take() : nil
        }
    }
}

extension RowStream {
    /// The next slice, for callers that may block; nil behind the last one.
    public func wait() throws(GenerationError) -> GeneratedRows? {
        while true {
            switch next() {
            case .rows(let rows): return rows
            case .failed(let error): throw error
            case .end: return nil
            case .notYet:
                blockUntilReady(whenReady)
            }
        }
    }
}

/// Blocks the calling thread until `whenReady` calls back.
func blockUntilReady(_ whenReady: (@escaping @Sendable (Worker) -> Void) -> Void) {
    let isReady = DispatchSemaphore(value: 0)
    whenReady { _ in isReady.signal() }
    isReady.wait()
}
