import Foundation
import Hypernetworks
import Synchronization

/// Turns tokens into rows on a pool of worker threads. It takes tokens from many requests at once, and each worker runs whole
/// batches of them by itself: no matrix product is shared between threads.
public final class GenerationEngine: Sendable {
    public struct Configuration: Sendable {
        /// Threads.
        public var workers = Processors.granted
        /// Source rows that may wait, in each priority, times the `batchScale` of the hypernetwork that they are for.
        public var waitingRows = 1 << 18
        /// Source rows of a bulk batch, times the hypernetwork's `batchScale`: enough for the matrix kernels to run at full speed, few
        /// enough for what is urgent to come between two matrix products soon.
        public var batchRows = 256
        /// Likewise of an interactive batch, and of the largest request that is interactive by itself.
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

    /// Makes the rows of `order` and hands them to `completion`, on a worker.
    ///
    /// - Parameters:
    ///   - order: what goes to the hypernetwork must have passed its `validate`.
    ///   - priority: nil to go by how much the hypernetwork has to do.
    ///   - deadline: after that nothing more of the request is computed.
    ///   - isAdmitted: whether it belongs to something that has been let in before: no queue is too full for it then.
    ///   - isCancelled: asked before each batch; once it says yes, nothing more of the request is computed.
    /// - Throws: `queueFull`; `completion` is not called then.
    public func generate(
        _ order: RowOrder, with model: EmbeddingModel, priority: Priority? = nil, deadline: ContinuousClock.Instant? = nil,
        isAdmitted: Bool = false, isCancelled: @escaping @Sendable () -> Bool = { false },
        completion: @escaping @Sendable (Result<GeneratedTokens, GenerationError>, Worker) -> Void
    ) throws(GenerationError) {
        let (inputs, places) = order.predictions
        let rows = GeneratedRows(count: order.sources.count, shape: model.rowShape)
        // What needs no hypernetwork takes time too: a long list of it is bulk work as well.
        let generator = model.predictor?.generator
        let giveUp = { @Sendable in GenerationError(at: .now, deadline: deadline, isCancelled: isCancelled()) }
        let priority = priority ?? self.priority(of: inputs.sourceRows + rows.count - inputs.count, by: generator)
        guard let generator, !inputs.isEmpty else {
            let submission = ContinuousClock.now
            return perform(priority) { [queue] worker in
                let begin = ContinuousClock.now
                let result = Result { () throws(GenerationError) in
                    if let error = giveUp() { throw error }
                    try order.complete(rows, of: model, pause: worker.pause, giveUp: giveUp)
                    return GeneratedTokens(rows: rows, cached: 0, queued: begin - submission, computed: .now - begin)
                }
                if case .failure(let error) = result { queue.note(error) }
                completion(result, worker)
            }
        }
        let request = GenerationRequest(
            inputs, at: places, of: rows, generator: generator, priority: priority, deadline: deadline, isCancelled: isCancelled
        ) { [queue] outcome, worker in
            let result = outcome.flatMap { generated in
                Result { () throws(GenerationError) in
                    do throws(GenerationError) {
                        try order.complete(generated.rows, of: model, pause: worker.pause, giveUp: giveUp)
                    } catch {
                        queue.note(error)
                        throw error
                    }
                    return generated
                }
            }
            completion(result, worker)
        }
        try queue.submit(request, isAdmitted: isAdmitted)
    }

    /// Computes the rows of `tokens` by the hypernetwork alone and hands them to `completion`, in the order of the tokens, on a worker.
    ///
    /// - Parameter tokens: each must have passed the hypernetwork's `validate`.
    /// - Throws: `queueFull`; `completion` is not called then.
    public func generate(
        _ tokens: [HypernetworkInput], with generator: RowGenerator, priority: Priority? = nil,
        deadline: ContinuousClock.Instant? = nil, isCancelled: @escaping @Sendable () -> Bool = { false },
        completion: @escaping @Sendable (Result<GeneratedTokens, GenerationError>, Worker) -> Void
    ) throws(GenerationError) {
        let request = GenerationRequest(
            tokens, at: Array(tokens.indices),
            of: GeneratedRows(count: tokens.count, shape: generator.hypernetwork.rowShape), generator: generator,
            priority: priority ?? self.priority(of: tokens.sourceRows, by: generator),
            deadline: deadline, isCancelled: isCancelled, completion: completion)
        if tokens.isEmpty {
            perform(request.priority) { request.complete(on: $0) }
        } else {
            try queue.submit(request)
        }
    }

    /// By how many source rows there are to compute.
    private func priority(of rows: Int, by generator: RowGenerator?) -> Priority {
        rows <= (generator?.hypernetwork.batchScale ?? 1) * configuration.interactiveRows ? .interactive : .bulk
    }

    /// Computes the rows of `tokens` by the hypernetwork alone, for callers that may block.
    public func generate(
        _ tokens: [HypernetworkInput], with generator: RowGenerator, priority: Priority? = nil
    ) throws(GenerationError) -> GeneratedRows {
        try Self.wait { completion throws(GenerationError) in
            try generate(tokens, with: generator, priority: priority, completion: completion)
        }.rows
    }

    /// Makes the rows of `order`, for callers that may block.
    public func generate(_ order: RowOrder, with model: EmbeddingModel) throws(GenerationError) -> GeneratedTokens {
        try Self.wait { completion throws(GenerationError) in
            try generate(order, with: model, completion: completion)
        }
    }

    private static func wait(
        _ begin: (@escaping @Sendable (Result<GeneratedTokens, GenerationError>, Worker) -> Void) throws(GenerationError) -> Void
    ) throws(GenerationError) -> GeneratedTokens {
        let finished = DispatchSemaphore(value: 0)
        let result = Mutex<Result<GeneratedTokens, GenerationError>>(.failure(.cancelled))
        try begin { outcome, _ in
            result.withLock { $0 = outcome }
            finished.signal()
        }
        finished.wait()
        return try result.withLock { $0 }.get()
    }
}
