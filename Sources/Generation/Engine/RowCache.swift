import Hypernetworks
import Synchronization

/// Finished rows of one hypernetwork, and who waits for those that are being computed: equal tokens are computed once, but for an
/// interactive token that is in a bulk batch: it does not wait for the whole of that batch.
///
/// A full cache gives up rows by the CLOCK rule: a hand goes round the slots and takes the first that was not asked for since it
/// last came by. One list of new tokens, however long, passes through without driving out what is asked for again and again.
///
/// Workers come here twice for each batch, not for each token.
final class RowCache: Sendable {
    private struct State {
        var slotByToken: [HypernetworkInput: Int] = [:]
        /// By slot: what it holds, and whether that was asked for since the hand last came by.
        var tokens: [HypernetworkInput] = []
        var wasUsed: [Bool] = []
        var hand = 0
        /// By lane: tokens that workers are computing, with the other destinations of their rows.
        var waiting: [[HypernetworkInput: [Destination]]] = Priority.allCases.map { _ in [:] }

        /// Adds `destination` to those that wait for a batch with its token, one that is no less urgent than itself.
        ///
        /// - Returns: whether there is one.
        mutating func join(_ destination: Destination) -> Bool {
            let lanes = 0...destination.request.priority.lane
            return lanes.contains { waiting[$0][destination.input]?.append(destination) != nil }
        }

        /// The slot whose row is given up next.
        mutating func nextVictim() -> Int {
            while wasUsed[hand] {
                wasUsed[hand] = false
                hand = (hand + 1) % wasUsed.count
            }
            defer { hand = (hand + 1) % wasUsed.count }
            return hand
        }
    }

    private let state: Mutex<State>
    /// Room for every slot. Read and written under the lock: a slot may change its token at any time.
    private let rows: GeneratedRows
    private let capacity: Int
    private let slotBytes: Int
    // Read without the lock, which workers hold while they copy rows.
    let counts: CacheCounts
    private let keptRows = Atomic(0)

    /// What a slot costs beside its rows: the token, which is a small array, twice in tables.
    private static let overhead = 160

    /// - Parameters:
    ///   - bytes: for rows and what finds them; 0 keeps none.
    ///   - counts: those of the cache whose place this one takes.
    init(bytes: Int, shape: RowShape, counts: CacheCounts = CacheCounts()) {
        self.counts = counts
        slotBytes = shape.bytes + Self.overhead
        capacity = max(bytes, 0) / slotBytes
        rows = GeneratedRows(count: capacity, shape: shape)
        var state = State()
        // Growing tables of many thousand rows would hold up every worker.
        state.slotByToken.reserveCapacity(capacity)
        state.tokens.reserveCapacity(capacity)
        state.wasUsed.reserveCapacity(capacity)
        self.state = Mutex(state)
    }

    var statistics: CacheStatistics {
        CacheStatistics(
            hits: counts.hits.load(ordering: .relaxed), joins: counts.joins.load(ordering: .relaxed),
            misses: counts.misses.load(ordering: .relaxed), rows: keptRows.load(ordering: .relaxed), slotBytes: slotBytes,
            capacityBytes: capacity * slotBytes)
    }

    /// Serves those of `wanted` whose rows are finished, lets those wait that are being computed, and gives the others to the
    /// caller, who has to `finish` them.
    ///
    /// - Parameters:
    ///   - batch: what the caller has to compute is added here.
    ///   - completed: requests that have all their rows now are added here.
    func claim(_ wanted: [Destination], into batch: inout [Destination], completed: inout [GenerationRequest]) {
        state.withLock { state in
            for destination in wanted {
                let token = destination.input
                if let slot = state.slotByToken[token] {
                    state.wasUsed[slot] = true
                    counts.hits.add(1, ordering: .relaxed)
                    if destination.request.take(destination.token, from: rows, slot: slot) {
                        completed.append(destination.request)
                    }
                } else if state.join(destination) {
                    counts.joins.add(1, ordering: .relaxed)
                } else {
                    state.waiting[destination.request.priority.lane][token] = []
                    counts.misses.add(1, ordering: .relaxed)
                    batch.append(destination)
                }
            }
        }
    }

    /// Hands out and keeps what a forward pass has predicted for `batch`, whose order is that of the pass.
    ///
    /// - Parameter completed: requests that have all their rows now are added here.
    func finish(
        _ batch: [Destination], workspace: borrowing HypernetworkWorkspace, completed: inout [GenerationRequest]
    ) {
        var late: [(index: Int, destination: Destination)] = []
        state.withLock { state in
            for (index, destination) in batch.enumerated() {
                let token = destination.input
                let others = state.waiting[destination.request.priority.lane].removeValue(forKey: token) ?? []
                for other in others { late.append((index, other)) }
                if let slot = place(for: token, in: &state) { rows.store(slot, from: workspace, token: index) }
            }
        }
        for (index, destination) in batch.enumerated() { deliver(index, of: workspace, to: destination, &completed) }
        for (index, destination) in late { deliver(index, of: workspace, to: destination, &completed) }
    }

    private func deliver(
        _ index: Int, of workspace: borrowing HypernetworkWorkspace, to destination: Destination,
        _ completed: inout [GenerationRequest]
    ) {
        if destination.request.take(destination.token, from: workspace, token: index) { completed.append(destination.request) }
    }

    /// A new slot for `token`; nil if it has one, or the cache has none at all.
    private func place(for token: HypernetworkInput, in state: inout State) -> Int? {
        guard capacity > 0, state.slotByToken[token] == nil else { return nil }
        let slot: Int
        if state.tokens.count < capacity {
            slot = state.tokens.count
            state.tokens.append(token)
            state.wasUsed.append(false)
        } else {
            slot = state.nextVictim()
            state.slotByToken[state.tokens[slot]] = nil
            state.tokens[slot] = token
        }
        state.slotByToken[token] = slot
        keptRows.store(state.tokens.count, ordering: .relaxed)
        return slot
    }
}

/// How often a cache had a row. One that takes another's place counts on, while requests that are under way still ask the old one.
final class CacheCounts: Sendable {
    let hits = Atomic(0)
    let joins = Atomic(0)
    let misses = Atomic(0)
}

/// What a cache of rows has done so far, with those whose place it has taken.
public struct CacheStatistics: Sendable, Equatable {
    /// Tokens whose rows were there.
    public let hits: Int
    /// Tokens that another request was having computed.
    public let joins: Int
    /// Tokens that had to be computed.
    public let misses: Int
    /// Tokens whose rows are kept.
    public let rows: Int
    let slotBytes: Int
    /// What the cache may take up.
    public let capacityBytes: Int

    /// What it takes up.
    public var bytes: Int { rows * slotBytes }
}
