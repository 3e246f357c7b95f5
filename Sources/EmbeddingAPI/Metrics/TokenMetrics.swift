import Generation

/// What has come of the tokens that one model was asked for.
final class TokenMetrics: Sendable {
    private let tokens = (0..<Method.allCases.count * RowStatus.allCases.count).map { _ in Counter() }
    let pieces = Counter()

    func count(_ method: Method, _ status: RowStatus, _ count: Int) {
        guard let row = Method.allCases.firstIndex(of: method), let column = RowStatus.allCases.firstIndex(of: status) else { return }
        tokens[row * RowStatus.allCases.count + column].add(count)
    }

    /// Those that there have been.
    var counts: [(method: Method, status: RowStatus, count: Int)] {
        zip(tokens, Method.allCases.flatMap { method in RowStatus.allCases.map { (method, $0) } }).compactMap { counter, labels in
            let count = counter.value
            return count > 0 ? (labels.0, labels.1, count) : nil
        }
    }
}
