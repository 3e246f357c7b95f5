import Synchronization

/// Rows that are computed once, by whichever thread needs them first, and read by all: a bounded table from ids to rows.
///
/// A row is published by its slot number with release order and read with acquire order; until then every thread computes
/// its own copy, so nobody ever waits. When the table is full, further rows are simply not kept.
public final class SharedRows: @unchecked Sendable {
    private let ids: Int
    private let slotByID: UnsafeMutablePointer<Atomic<Int32>>
    private let usedSlots = Atomic<Int>(0)
    // A slot is written by the one thread that claimed it, before it is published.
    private let slots: RowStorage

    private static let absent: Int32 = -1
    private static let claimed: Int32 = -2

    /// - Parameters:
    ///   - ids: ids run from 0 to `ids - 1`.
    ///   - capacity: how many rows are kept at most. Memory is touched only as rows come in.
    public init(ids: Int, columns: Int, capacity: Int) {
        precondition(ids >= 0 && capacity >= 0 && capacity <= Int(Int32.max))
        self.ids = ids
        slots = RowStorage(rows: min(ids, capacity), columns: columns)
        slotByID = .allocate(capacity: max(ids, 1))
        for id in 0..<ids { (slotByID + id).initialize(to: Atomic(Self.absent)) }
    }

    deinit {
        slotByID.deinitialize(count: ids)
        slotByID.deallocate()
    }

    /// Rows kept so far.
    public var count: Int { min(usedSlots.load(ordering: .relaxed), slots.rows) }

    /// Copies the row of `id` into `matrix` if it is there.
    public func load(_ id: Int, into matrix: inout Matrix, row: Int) -> Bool {
        precondition(id >= 0 && id < ids, "an id outside the table")
        let slot = slotByID[id].load(ordering: .acquiring)
        guard slot >= 0 else { return false }
        slots.load(Int(slot), into: &matrix, row: row)
        return true
    }

    /// Keeps a row, unless another thread was first or the table is full.
    public func store(_ id: Int, from matrix: borrowing Matrix, row: Int) {
        precondition(id >= 0 && id < ids, "an id outside the table")
        guard usedSlots.load(ordering: .relaxed) < slots.rows,
            slotByID[id].compareExchange(expected: Self.absent, desired: Self.claimed, ordering: .relaxed).exchanged
        else { return }
        let slot = usedSlots.wrappingAdd(1, ordering: .relaxed).oldValue
        guard slot < slots.rows else { return }  // stays claimed: computed anew each time, as when the table is full
        slots.store(slot, from: matrix, row: row)
        slotByID[id].store(Int32(slot), ordering: .releasing)
    }
}
