import Synchronization

/// What all loops of a server share: how many connections are open, and whether they are to come to an end.
final class Admission: Sendable {
    private let count = Atomic(0)
    private let draining = Atomic(false)
    private let maximum: Int

    init(maximum: Int) { self.maximum = maximum }

    /// Open connections.
    var connections: Int { count.load(ordering: .relaxed) }

    /// Counts one more; false if that is more than there may be.
    func add() -> Bool { count.add(1, ordering: .relaxed).newValue <= maximum }

    func remove() { count.subtract(1, ordering: .relaxed) }

    /// Whether answers close their connections from now on.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// True for the first caller.
    func beginDraining() -> Bool { !draining.exchange(true, ordering: .relaxed) }
}
