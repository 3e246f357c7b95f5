import Synchronization

/// What all loops of a server share: which connections are open, and whether they are to come to an end.
final class Admission: Sendable {
    private let count = Atomic(0)
    private let phase = Atomic(Phase.serving.rawValue)
    private let maximum: Int
    private let maximumPerAddress: Int?
    private let countByAddress = Mutex<[PeerAddress: Int]>([:])

    /// - Parameter maximumPerAddress: nil where clients come through a proxy and all have its address.
    init(maximum: Int, maximumPerAddress: Int?) {
        self.maximum = maximum
        self.maximumPerAddress = maximumPerAddress
    }

    /// Open connections.
    var connections: Int { count.load(ordering: .relaxed) }

    /// Counts one more, which has to be removed again in any case.
    ///
    /// - Returns: the problem to refuse it with, if that is more than there may be.
    func add(_ peer: PeerAddress) -> Problem? {
        let all = count.add(1, ordering: .relaxed).newValue
        if let maximumPerAddress, addFromAddress(peer) > maximumPerAddress {
            return .tooManyConnections("the server holds \(maximumPerAddress) connections from one address and takes no more")
        }
        return all > maximum ? .tooManyConnections("the server holds \(maximum) connections and takes no more") : nil
    }

    private func addFromAddress(_ peer: PeerAddress) -> Int {
        countByAddress.withLock { counts in
            let count = counts[peer, default: 0] + 1
            counts[peer] = count
            return count
        }
    }

    func remove(_ peer: PeerAddress) {
        count.subtract(1, ordering: .relaxed)
        guard maximumPerAddress != nil else { return }
        countByAddress.withLock { counts in
            if let left = counts[peer] { counts[peer] = left > 1 ? left - 1 : nil }
        }
    }

    enum Phase: Int, Comparable {
        case serving
        /// Clients are still served, and each answer closes its connection, so that they look elsewhere.
        case lameDuck
        /// Idle connections close too.
        case draining

        static func < (a: Phase, b: Phase) -> Bool { a.rawValue < b.rawValue }
    }

    var currentPhase: Phase { Phase(rawValue: phase.load(ordering: .relaxed)) ?? .serving }

    /// Goes on to a later phase.
    func enter(_ phase: Phase) { self.phase.max(phase.rawValue, ordering: .relaxed) }
}

extension Problem {
    fileprivate static func tooManyConnections(_ detail: String) -> Problem {
        Problem(
            status: .serviceUnavailable, code: "too_many_connections", title: "Too many connections", detail: detail,
            retryAfter: 1)
    }
}
