import Foundation
import Hypernetworks
import Synchronization

/// Turns tokens into rows on a pool of worker threads. It takes tokens from many requests at once, and each worker runs whole
/// batches of them by itself: no matrix product is shared between threads.
public final class GenerationEngine: Sendable {
    public struct Configuration: Sendable {
        /// Threads.
        public var workers = Processors.granted
        /// Source rows that may wait, in each priority.
        public var waitingRows = 1 << 18
        /// Source rows of a bulk batch: enough for the matrix kernels to run at full speed, few enough for what is urgent to come
        /// between two matrix products soon.
        public var batchRows = 256
        /// Source rows of an interactive batch, and of the largest request that is interactive by itself.
        public var interactiveRows = 64
        /// How long a batch that is not full waits for more tokens while other workers compute.
        public var batchDelay = Duration.milliseconds(1)

        public init() {}
    }

    private let configuration: Configuration
    private let queue: WorkQueue

    public init(_ configuration: Configuration = Configuration()) {
        precondition(configuration.workers > 0)
        self.configuration = configuration
        queue = WorkQueue(configuration: configuration)
        Worker.start(configuration.workers, on: queue)
    }

    deinit { queue.stop() }

    public var workers: Int { configuration.workers }

    public var statistics: WorkStatistics { queue.statistics }

    /// Runs `job` on a worker: for what belongs to a request but must not hold up the thread that accepted it. One that takes more
    /// than a few milliseconds is bulk work, and calls its worker's `pause` now and then.
    public func perform(_ priority: Priority, _ job: @escaping @Sendable (Worker) -> Void) { queue.submit(job, priority) }

    /// Computes the rows of `tokens` and hands them to `completion`, in the order of the tokens, on a worker.
    ///
    /// - Parameters:
    ///   - tokens: each must have passed the hypernetwork's `validate`.
    ///   - priority: nil to go by their number.
    ///   - deadline: after that nothing more of the request is computed.
    ///   - isCancelled: asked before each batch; once it says yes, nothing more of the request is computed.
    /// - Throws: `queueFull`; `completion` is not called then.
    public func generate(
        _ tokens: [ZeTTInput], with generator: RowGenerator, priority: Priority? = nil,
        deadline: ContinuousClock.Instant? = nil, isCancelled: @escaping @Sendable () -> Bool = { false },
        completion: @escaping @Sendable (Result<GeneratedTokens, GenerationError>, Worker) -> Void
    ) throws(GenerationError) {
        let request = GenerationRequest(
            tokens, generator: generator,
            priority: priority ?? (tokens.sourceRows <= configuration.interactiveRows ? .interactive : .bulk),
            deadline: deadline, isCancelled: isCancelled, completion: completion)
        if tokens.isEmpty {
            perform(request.priority) { request.complete(on: $0) }
        } else {
            try queue.submit(request)
        }
    }

    /// As above, for callers that may block.
    public func generate(
        _ tokens: [ZeTTInput], with generator: RowGenerator, priority: Priority? = nil
    ) throws(GenerationError) -> GeneratedRows {
        let finished = DispatchSemaphore(value: 0)
        let result = Mutex<Result<GeneratedTokens, GenerationError>>(.failure(.cancelled))
        try generate(tokens, with: generator, priority: priority) { outcome, _ in
            result.withLock { $0 = outcome }
            finished.signal()
        }
        finished.wait()
        return try result.withLock { $0 }.get().rows
    }
}
