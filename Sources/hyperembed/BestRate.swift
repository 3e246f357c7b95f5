/// The best rate over many runs of `work`, which returns how much it did: billions a second. Anything else on the core only
/// slows a run.
func bestRate(seconds: Double, _ work: () throws -> Double) rethrows -> Double {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var best = 0.0
    repeat {
        let start = clock.now
        let amount = try work()
        let elapsed = start.duration(to: clock.now) / .seconds(1)
        best = max(best, amount / elapsed / 1e9)
    } while clock.now < end
    return best
}
