import Synchronization

/// What all loops of a server share: which connections are open, and whether they are to come to an end.
final class Admission: Sendable {
    private let count = Atomic(0)
    private let phase = Atomic(Phase.serving.rawValue)
    private let maximum: Int
    private let maximumPerAddress: Int?
    private let countByAddress = Mutex<[PeerAddress: Int]>([:])
    /// Of all requests that are coming in or being answered.
    private let bodyBytes = Atomic(0)
    private let maximumBodyBytes: Int

    /// Bodies up to this are taken however many others there are: a connection's buffers are no smaller.
    private static let smallBody = 64 << 10

    /// - Parameters:
    ///   - maximumPerAddress: nil where clients come through a proxy and all have its address.
    ///   - maximumBodyBytes: of all requests together.
    init(maximum: Int, maximumPerAddress: Int?, maximumBodyBytes: Int) {
        self.maximum = maximum
        self.maximumPerAddress = maximumPerAddress
        self.maximumBodyBytes = maximumBodyBytes
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

    /// Takes note that a body has `new` bytes in place of `old`.
    ///
    /// - Returns: the problem to refuse its request with, if that is more than all may have together.
    fileprivate func countBody(_ new: Int, replacing old: Int) -> Problem? {
        let all = bodyBytes.add(new - old, ordering: .relaxed).newValue
        guard new > old, new > Self.smallBody, all > maximumBodyBytes else { return nil }
        return Problem(
            status: .serviceUnavailable, code: "too_many_bodies", title: "Too many large requests",
            detail: "the server holds \(maximumBodyBytes) bytes of requests and takes no more large ones", retryAfter: 1)
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

/// The part that one request's body has in what all may have together, for as long as it is in memory.
final class BodyShare: Sendable {
    private let admission: Admission
    private let bytes = Atomic(0)

    init(_ admission: Admission) { self.admission = admission }

    deinit { _ = set(0) }

    /// - Returns: the problem to refuse the request with, if that is too much.
    func set(_ bytes: Int) -> Problem? {
        let old = self.bytes.exchange(bytes, ordering: .relaxed)
        return bytes == old ? nil : admission.countBody(bytes, replacing: old)
    }
}

extension Problem {
    fileprivate static func tooManyConnections(_ detail: String) -> Problem {
        Problem(
            status: .serviceUnavailable, code: "too_many_connections", title: "Too many connections", detail: detail,
            retryAfter: 1)
    }
}
