import Hypernetworks
import Synchronization

/// Collects the batches of one request, which finish in any order, and completes once with all rows in order.
final class PendingRequest: Sendable {
    typealias Outcome = Result<GeneratedTokens, GenerationError>

    private struct State {
        var parts: [GeneratedRows?]
        var unfinished: Int
        var isCancelled = false
        /// When the first batch was begun.
        var begin: ContinuousClock.Instant?
    }

    private let state: Mutex<State>
    private let dimension: Int
    private let submission = ContinuousClock.now
    private let completion: @Sendable (Outcome) -> Void

    init(batches: Int, dimension: Int, completion: @escaping @Sendable (Outcome) -> Void) {
        state = Mutex(State(parts: Array(repeating: nil, count: batches), unfinished: batches))
        self.dimension = dimension
        self.completion = completion
    }

    /// Completes a request without tokens.
    func finishEmpty() {
        completion(.success(GeneratedTokens(rows: GeneratedRows(dimension: dimension), queued: .zero, computed: .zero)))
    }

    /// Notes that a worker has taken up a batch.
    func beginBatch() {
        let now = ContinuousClock.now
        state.withLock { if $0.begin == nil { $0.begin = now } }
    }

    func finish(batch: Int, with rows: GeneratedRows) {
        complete { state in state.parts[batch] = rows }
    }

    /// Notes that a batch was not computed: the request fails as a whole once its last batch is through.
    func cancel(batch: Int) {
        complete { state in state.isCancelled = true }
    }

    private func complete(_ change: (inout State) -> Void) {
        let outcome: Outcome? = state.withLock { state in
            change(&state)
            state.unfinished -= 1
            guard state.unfinished == 0 else { return nil }
            if state.isCancelled { return .failure(.cancelled) }
            var rows = GeneratedRows(dimension: dimension)
            for case let part? in state.parts { rows.append(part) }
            let begin = state.begin ?? submission
            return .success(GeneratedTokens(rows: rows, queued: begin - submission, computed: .now - begin))
        }
        if let outcome { completion(outcome) }
    }
}

/// The rows of a request's tokens, and what they took.
public struct GeneratedTokens: Sendable {
    public let rows: GeneratedRows
    /// From the request to the moment that a worker took up its first batch.
    public let queued: Duration
    /// From there to the end of its last batch.
    public let computed: Duration
}
