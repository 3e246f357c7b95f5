import Hypernetworks
import Synchronization

/// The tokens of one caller, which become rows in any order, on any worker, and are handed over together.
final class GenerationRequest: Sendable {
    typealias Outcome = Result<GeneratedTokens, GenerationError>

    let tokens: [HypernetworkInput]
    /// In which of `rows` each token's row goes; others are not touched.
    private let places: [Int]
    /// Of all tokens.
    let sourceRows: Int
    let generator: RowGenerator
    let priority: Priority
    private let deadline: ContinuousClock.Instant?
    private let isCancelled: @Sendable () -> Bool
    private let completion: @Sendable (Outcome, Worker) -> Void
    private let submission = ContinuousClock.now
    private let rows: GeneratedRows
    /// Tokens without rows.
    private let missing: Atomic<Int>
    private let cached = Atomic(0)
    /// When a worker took up the first token.
    private let begin = Mutex<ContinuousClock.Instant?>(nil)

    init(
        _ tokens: [HypernetworkInput], at places: [Int], of rows: GeneratedRows, generator: RowGenerator, priority: Priority,
        deadline: ContinuousClock.Instant?, isCancelled: @escaping @Sendable () -> Bool,
        completion: @escaping @Sendable (Outcome, Worker) -> Void
    ) {
        self.tokens = tokens
        self.places = places
        self.rows = rows
        sourceRows = tokens.sourceRows
        self.generator = generator
        self.priority = priority
        self.deadline = deadline
        self.isCancelled = isCancelled
        self.completion = completion
        missing = Atomic(tokens.count)
    }

    /// Why the request is not worth any more work, if it is not.
    func failure(at now: ContinuousClock.Instant) -> GenerationError? {
        GenerationError(at: now, deadline: deadline, isCancelled: isCancelled())
    }

    func noteBegin(_ now: ContinuousClock.Instant) { begin.withLock { if $0 == nil { $0 = now } } }

    /// Takes the rows of a token from a cache.
    ///
    /// - Returns: whether it was the last token that was missing.
    func take(_ token: Int, from cache: GeneratedRows, slot: Int) -> Bool {
        cache.copy(slot, to: rows, token: places[token])
        cached.add(1, ordering: .relaxed)
        return countDelivery()
    }

    /// Takes the rows of a token from a forward pass.
    ///
    /// - Returns: whether it was the last token that was missing.
    func take(_ token: Int, from workspace: borrowing HypernetworkWorkspace, token source: Int) -> Bool {
        rows.store(places[token], from: workspace, token: source)
        return countDelivery()
    }

    private func countDelivery() -> Bool { missing.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }

    /// Hands the rows over; `take` must have returned true.
    func complete(on worker: Worker) {
        let begin = begin.withLock { $0 } ?? submission
        let generated = GeneratedTokens(
            rows: rows, cached: cached.load(ordering: .relaxed), queued: begin - submission, computed: .now - begin)
        completion(.success(generated), worker)
    }

    /// Gives the request up. It must have tokens that no worker has taken and none will take, so that it cannot become complete.
    func fail(_ error: GenerationError, on worker: Worker) { completion(.failure(error), worker) }
}

/// One token of a request: where rows go.
struct Destination {
    let request: GenerationRequest
    let token: Int

    var input: HypernetworkInput { request.tokens[token] }
}

/// The rows of a request's tokens, and what they took.
public struct GeneratedTokens: Sendable {
    public let rows: GeneratedRows
    /// Tokens whose rows were finished before they were asked for.
    public let cached: Int
    /// From the request to the moment that a worker took up its first token.
    public let queued: Duration
    /// From there to the last row.
    public let computed: Duration
}
