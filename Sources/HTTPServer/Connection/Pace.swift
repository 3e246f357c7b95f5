/// Whether a client sends or takes bytes as fast as it has to.
///
/// Bytes pay for time. What comes in a burst pays for the pause after it, which is how clients look from here: the kernel takes
/// megabytes for them at once and then, until they have read a good part of that, nothing. But a burst pays for five minutes at
/// the most, or whoever was quick once could hold on to the memory of its request or its answer for hours.
struct Pace {
    private var paidUntil: Instant

    private static let credit = Duration.seconds(300)

    init(now: Instant) { paidUntil = now }

    /// Goes on after a time in which the client did not have to do anything.
    mutating func resume(now: Instant) { paidUntil = max(paidUntil, now) }

    /// - Parameter rate: bytes that pay for a second.
    mutating func count(_ bytes: Int, rate: Int, now: Instant) {
        let paid = Duration.nanoseconds(bytes * 1_000_000_000 / max(rate, 1))
        paidUntil = min(paidUntil.advanced(by: paid), now.advanced(by: Self.credit))
    }

    func deadline(grace: Duration) -> Instant { paidUntil.advanced(by: grace) }
}
