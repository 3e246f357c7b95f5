import Synchronization

/// Bytes of request bodies that a server holds at once, from the first that comes to the moment that the application is done with the
/// request: however many clients send however much, memory stays bounded.
final class BodyBudget: Sendable {
    private let limit: Int
    private let held = Atomic(0)

    init(bytes: Int) { limit = bytes }

    fileprivate func take(_ count: Int) -> Bool {
        guard held.add(count, ordering: .relaxed).newValue <= limit else {
            give(count)
            return false
        }
        return true
    }

    fileprivate func give(_ count: Int) { held.subtract(count, ordering: .relaxed) }
}

/// One body's part of the budget, given back when nobody has the body any more.
final class BodyAllowance: Sendable {
    private let budget: BodyBudget
    private let held: Int

    private init(_ budget: BodyBudget, _ held: Int) {
        self.budget = budget
        self.held = held
    }

    deinit { budget.give(held) }

    /// Bodies up to this are not counted: a connection's buffers are as large.
    private static let smallest = 64 << 10
    /// An allowance for a body that has grown to `count` bytes.
    ///
    /// - Parameter current: what it has; nil to begin with.
    /// - Throws: 503 if the budget does not have it.
    static func extending(
        _ current: BodyAllowance?, to count: Int, of budget: BodyBudget
    ) throws(Problem) -> BodyAllowance? {
        let held = current?.held ?? 0
        guard count > max(held, smallest) else { return current }
        // An array that grows takes twice its bytes.
        let wanted = 2 * count
        // What the body has stays counted until the new allowance is there.
        guard budget.take(wanted) else {
            throw Problem(
                status: .serviceUnavailable, code: "too_many_bodies", title: "Too many large requests",
                detail: "the server holds as much of request bodies as it may", retryAfter: 1)
        }
        return BodyAllowance(budget, wanted)
    }
}
