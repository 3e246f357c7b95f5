import Hypernetworks
import Synchronization

/// Collects the batches of one request, which finish in any order, and completes once with all rows in order.
final class PendingRequest: Sendable {
    typealias Outcome = Result<GeneratedRows, GenerationError>

    private struct State {
        var parts: [GeneratedRows?]
        var unfinished: Int
        var isCancelled = false
    }

    private let state: Mutex<State>
    private let dimension: Int
    private let completion: @Sendable (Outcome) -> Void

    init(batches: Int, dimension: Int, completion: @escaping @Sendable (Outcome) -> Void) {
        state = Mutex(State(parts: Array(repeating: nil, count: batches), unfinished: batches))
        self.dimension = dimension
        self.completion = completion
    }

    /// Completes a request without tokens.
    func finishEmpty() { completion(.success(GeneratedRows(dimension: dimension))) }

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
            return .success(rows)
        }
        if let outcome { completion(outcome) }
    }
}
