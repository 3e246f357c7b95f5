/// Which connections have to be looked at when: a ring of slots, one for each tick.
///
/// Deadlines move all the time and hardly ever pass, so the wheel is lazy: an entry is only a reminder to look, and its owner
/// enters itself anew if its deadline has moved. Nothing is ever searched for or taken out.
struct TimerWheel {
    typealias Instant = ContinuousClock.Instant

    static let tick = Duration.milliseconds(100)
    private static let slotCount = 1024

    private var slots = [[UInt64]](repeating: [], count: slotCount)
    private let start: Instant
    /// The last tick that was handed out.
    private var current = 0

    init(start: Instant) { self.start = start }

    /// Enters a reminder for `deadline`, or for as late as the wheel reaches, and returns its tick.
    mutating func add(_ id: UInt64, deadline: Instant) -> Int {
        let wanted = Int((deadline - start) / Self.tick) + 1
        let tick = min(max(wanted, current + 1), current + Self.slotCount - 1)
        slots[tick % Self.slotCount].append(id)
        return tick
    }

    /// The tick that a deadline falls into.
    func tick(of deadline: Instant) -> Int { Int((deadline - start) / Self.tick) + 1 }

    /// Takes out every reminder whose tick has come.
    mutating func advance(to now: Instant) -> [(id: UInt64, tick: Int)] {
        var due: [(id: UInt64, tick: Int)] = []
        let target = Int((now - start) / Self.tick)
        while current < target {
            current += 1
            for id in slots[current % Self.slotCount] { due.append((id, current)) }
            slots[current % Self.slotCount] = []
        }
        return due
    }
}
