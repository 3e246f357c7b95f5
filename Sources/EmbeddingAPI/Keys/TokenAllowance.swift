/// A token bucket that is one moment: the one at which it will be full again. It holds a minute's tokens.
///
/// A request for more than a full bucket holds is let through when the bucket is full, and the time until it is full again grows
/// accordingly: such a request is never impossible, and costs no less.
struct TokenAllowance: Sendable {
    private var full: ContinuousClock.Instant?

    private static let burst = Duration.seconds(60)

    /// Takes `count` tokens.
    ///
    /// - Parameter perMinute: at which the bucket fills.
    /// - Returns: nil if it had them, or else how long until it will; then nothing is taken.
    mutating func take(_ count: Int, perMinute: Int, now: ContinuousClock.Instant) -> Duration? {
        let cost = Self.burst * count / perMinute
        let start = max(full ?? now, now)
        let needed = start + min(cost, Self.burst) - Self.burst
        guard needed <= now else { return needed - now }
        full = start + cost
        return nil
    }
}
