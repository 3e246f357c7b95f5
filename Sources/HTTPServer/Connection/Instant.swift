import Foundation

/// A moment of the machine's monotonic clock. One machine word, since every connection keeps several and compares them all the
/// time.
struct Instant: Comparable, Sendable {
    /// Since some moment before the process began.
    let nanoseconds: Int64

    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    func advanced(by duration: Duration) -> Instant { Instant(nanoseconds: nanoseconds + duration.nanoseconds) }

    static func - (end: Instant, start: Instant) -> Duration { .nanoseconds(end.nanoseconds - start.nanoseconds) }

    static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
}

extension Duration {
    /// Whole nanoseconds; 292 years at the most.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1_000_000_000).overflow
            ? .max : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
