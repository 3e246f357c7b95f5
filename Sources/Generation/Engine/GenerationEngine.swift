import Foundation
import Hypernetworks
import Synchronization

/// Turns tokens into rows on a pool of worker threads: each worker runs whole batches on its own.
public final class GenerationEngine: Sendable {
    private let pool: WorkerPool
    private let queuedRows = Atomic<Int>(0)
    private let maximumQueuedRows: Int

    /// Source rows in one batch: enough for the matrix kernels to run at full speed, few enough to spread a request over
    /// the workers.
    private static let batchRows = 512

    /// - Parameters:
    ///   - workers: threads; by default one for each core.
    ///   - maximumQueuedRows: source rows that may wait or be computed at once, over all requests.
    public init(workers: Int = ProcessInfo.processInfo.activeProcessorCount, maximumQueuedRows: Int = 1 << 20) {
        pool = WorkerPool(workers: max(workers, 1))
        self.maximumQueuedRows = maximumQueuedRows
    }

    deinit { pool.stop() }

    public var workers: Int { pool.workers }

    /// Runs `work` on a worker: for what belongs to a request but must not hold up the thread that accepted it.
    public func perform(_ work: @escaping @Sendable () -> Void) { pool.submit { _ in work() } }

    /// Computes the rows of `tokens` and hands them to `completion`, in the order of the tokens, on a worker.
    ///
    /// - Parameters:
    ///   - tokens: each must have passed the model's `validate`.
    ///   - isCancelled: asked before each batch; once it says yes, the rest is not computed.
    public func generate(
        _ tokens: [ZeTTInput], model: EmbeddingModel, isCancelled: @escaping @Sendable () -> Bool = { false },
        completion: @escaping @Sendable (Result<GeneratedTokens, GenerationError>) -> Void
    ) {
        let rows = tokens.reduce(0) { $0 + $1.sourceIDs.count }
        guard queuedRows.add(rows, ordering: .relaxed).newValue <= maximumQueuedRows else {
            queuedRows.subtract(rows, ordering: .relaxed)
            return completion(.failure(.queueFull(maximumRows: maximumQueuedRows)))
        }
        let batches = Self.batches(of: tokens)
        let request = PendingRequest(batches: batches.count, dimension: model.base.dimension) { [self] result in
            queuedRows.subtract(rows, ordering: .relaxed)
            completion(result)
        }
        guard !batches.isEmpty else { return request.finishEmpty() }
        for (index, batch) in batches.enumerated() {
            pool.submit { scratch in
                if isCancelled() {
                    request.cancel(batch: index)
                } else {
                    request.beginBatch()
                    request.finish(batch: index, with: scratch.generate(tokens[batch], model: model))
                }
            }
        }
    }

    /// As above, for callers that may block.
    public func generate(_ tokens: [ZeTTInput], model: EmbeddingModel) throws(GenerationError) -> GeneratedRows {
        let finished = DispatchSemaphore(value: 0)
        let result = Mutex<Result<GeneratedTokens, GenerationError>>(.failure(.cancelled))
        generate(tokens, model: model) { outcome in
            result.withLock { $0 = outcome }
            finished.signal()
        }
        finished.wait()
        return try result.withLock { $0 }.get().rows
    }

    /// Cuts `tokens` into runs of about `batchRows` source rows.
    private static func batches(of tokens: [ZeTTInput]) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = 0
        var rows = 0
        for (index, token) in tokens.enumerated() {
            if rows > 0, rows + token.sourceIDs.count > batchRows {
                batches.append(start..<index)
                start = index
                rows = 0
            }
            rows += token.sourceIDs.count
        }
        if start < tokens.count { batches.append(start..<tokens.count) }
        return batches
    }
}

public enum GenerationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// So much is waiting already that this would not be answered soon.
    case queueFull(maximumRows: Int)
    /// Nobody waits for the answer any more.
    case cancelled

    public var description: String {
        switch self {
        case .queueFull(let maximumRows): "the queue is full: at most \(maximumRows) source pieces may wait at once"
        case .cancelled: "the request was cancelled"
        }
    }
}
