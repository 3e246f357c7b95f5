import HTTPServer
import Synchronization

/// What the bearers of a key are using of its limits at the moment. It outlives a reload of the keys file.
final class KeyUsage: Sendable {
    private struct State {
        var requests = 0
        var allowance = TokenAllowance()
    }

    private let state = Mutex(State())

    /// Counts a request, until `end`.
    ///
    /// - Parameter limit: requests at once.
    /// - Throws: 429 when there are as many already.
    func begin(limit: Int?) throws(Problem) {
        let isAdmitted = state.withLock { state in
            guard state.requests < limit ?? .max else { return false }
            state.requests += 1
            return true
        }
        guard isAdmitted else {
            throw Problem(
                status: .tooManyRequests, code: "too_many_requests", title: "Too many requests at once",
                detail: "the key allows \(limit ?? 0) requests at once, and as many are under way", retryAfter: 1)
        }
    }

    func end() { state.withLock { $0.requests -= 1 } }

    /// Takes tokens of the key's allowance.
    ///
    /// - Throws: 429 with the time at which there will be enough.
    func charge(_ count: Int, perMinute: Int, now: ContinuousClock.Instant) throws(Problem) {
        guard let wait = state.withLock({ $0.allowance.take(count, perMinute: perMinute, now: now) }) else { return }
        throw Problem(
            status: .tooManyRequests, code: "token_rate_exceeded", title: "Too many tokens a minute",
            detail: "the key allows \(perMinute) tokens a minute, and these \(count) are more than it has left",
            retryAfter: Int((wait / .seconds(1)).rounded(.up)))
    }
}
