import HTTPServer

/// How many durations were up to how long, from any thread, without a lock.
final class DurationHistogram: Sendable {
    /// The longest duration of each bucket but the last: from a decomposition to a whole vocabulary.
    private static let bounds: [Duration] =
        [100, 250, 500].map { .microseconds($0) } + [1, 2.5, 5, 10, 25, 50, 100, 250, 500].map { .milliseconds($0) }
        + [1, 2.5, 5, 10, 30, 60, 300].map { .seconds($0) }
    private static let nanoseconds = bounds.map { Int($0.nanoseconds) }
    private static let seconds = bounds.map { $0 / .seconds(1) }

    private let buckets = (0...nanoseconds.count).map { _ in Counter() }
    private let sum = Counter()

    func record(_ duration: Duration) {
        let nanoseconds = Int(duration.nanoseconds)
        buckets[Self.nanoseconds.firstIndex { nanoseconds <= $0 } ?? Self.nanoseconds.count].add()
        sum.add(nanoseconds)
    }

    var distribution: Distribution {
        Distribution(bounds: Self.seconds, counts: buckets.map(\.value), sum: Double(sum.value) / 1e9)
    }
}

/// What a histogram has counted.
struct Distribution {
    /// The largest value of each bucket but the last.
    let bounds: [Double]
    /// Values in each bucket, one more than there are bounds.
    let counts: [Int]
    /// Of all values.
    let sum: Double
}
