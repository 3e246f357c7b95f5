/// Which connections have to be looked at when: a ring of slots, one for each tick.
///
/// Deadlines move all the time and hardly ever pass, so the wheel is lazy: an entry is only a reminder to look, and its owner
/// enters itself anew if its deadline has moved. Nothing is ever searched for or taken out.
struct TimerWheel {
    static let tick: Int64 = 100_000_000  // nanoseconds
    private static let slotCount = 1024

    private var slots = [[UInt64]](repeating: [], count: slotCount)
    private let start: Instant
    /// The last tick that was handed out.
    private var current = 0

    init(start: Instant) { self.start = start }

    /// Enters a reminder for `deadline`, or for as late as the wheel reaches, and returns its tick.
    mutating func add(_ id: UInt64, deadline: Instant) -> Int {
        let tick = min(max(tick(of: deadline), current + 1), current + Self.slotCount - 1)
        slots[tick % Self.slotCount].append(id)
        return tick
    }

    /// The first tick at which a deadline has passed.
    func tick(of deadline: Instant) -> Int { ticks(until: deadline) + 1 }

    /// Whether a tick has come that was not handed out yet.
    func isDue(at now: Instant) -> Bool { ticks(until: now) > current }

    /// Takes out every reminder whose tick has come.
    mutating func advance(to now: Instant) -> [(id: UInt64, tick: Int)] {
        var due: [(id: UInt64, tick: Int)] = []
        let target = ticks(until: now)
        while current < target {
            current += 1
            for id in slots[current % Self.slotCount] { due.append((id, current)) }
            slots[current % Self.slotCount] = []
        }
        return due
    }

    private func ticks(until moment: Instant) -> Int { Int((moment.nanoseconds - start.nanoseconds) / Self.tick) }
}
