import HTTPServer
import Testing

@testable import EmbeddingAPI

/// A minute's tokens at once, then as they come in; with a clock of the test's own.
@Suite struct TokenAllowanceTests {
    private let start = ContinuousClock.now

    @Test func aMinutesTokensMayGoAtOnce() {
        var allowance = TokenAllowance()
        #expect(allowance.take(40, perMinute: 60, now: start) == nil && allowance.take(20, perMinute: 60, now: start) == nil)
        #expect(allowance.take(1, perMinute: 60, now: start) == .seconds(1))
        #expect(allowance.take(30, perMinute: 60, now: start) == .seconds(30))
        // What is refused costs nothing.
        #expect(allowance.take(1, perMinute: 60, now: start + .seconds(1)) == nil)
        #expect(allowance.take(1, perMinute: 60, now: start + .seconds(1)) == .seconds(1))
    }

    @Test func theBucketHoldsNoMoreThanAMinutes() {
        var allowance = TokenAllowance()
        #expect(allowance.take(60, perMinute: 60, now: start) == nil)
        let later = start + .seconds(3_600)
        #expect(allowance.take(60, perMinute: 60, now: later) == nil && allowance.take(1, perMinute: 60, now: later) == .seconds(1))
    }

    /// Never impossible, and at the same rate in the long run.
    @Test func aLargerRequestNeedsAFullBucketAndLeavesADebt() {
        var allowance = TokenAllowance()
        #expect(allowance.take(1, perMinute: 60, now: start) == nil)
        #expect(allowance.take(600, perMinute: 60, now: start) == .seconds(1))
        #expect(allowance.take(600, perMinute: 60, now: start + .seconds(1)) == nil)
        #expect(allowance.take(1, perMinute: 60, now: start + .seconds(1)) == .seconds(541))
        #expect(allowance.take(1, perMinute: 60, now: start + .seconds(542)) == nil)
        #expect(allowance.take(600, perMinute: 60, now: start + .seconds(542)) == .seconds(60))
    }

    /// The wait that is told is enough, to the attosecond, also where a token's time is no round number.
    @Test(arguments: [1, 7, 999, 1_000_003])
    func theWaitIsEnough(perMinute: Int) throws {
        var allowance = TokenAllowance()
        var now = start
        var taken = 0
        for step in 1...2_000 {
            let count = step * 7_919 % (2 * perMinute) + 1
            if let wait = allowance.take(count, perMinute: perMinute, now: now) {
                #expect(wait > .zero)
                now += wait
                #expect(allowance.take(count, perMinute: perMinute, now: now) == nil)
            }
            taken += count
            // A minute's burst, the last request's debt, and what came in meanwhile.
            let most = (Double(perMinute) * ((now - start) / .seconds(60)) + Double(perMinute + count)) * (1 + 1e-9)
            #expect(Double(taken) <= most)
        }
    }

    /// RFC 9110 section 10.2.3: whole seconds, and not too few of them.
    @Test func theAnswerTellsWhenToComeBack() throws {
        let usage = KeyUsage()
        try usage.charge(50, perMinute: 50, now: start)
        let problem = try #require(throws: Problem.self) { try usage.charge(1, perMinute: 50, now: start) }
        #expect(problem.status.code == 429 && problem.code == "token_rate_exceeded" && problem.retryAfter == 2)
        #expect(throws: Problem.self) { try usage.charge(1, perMinute: 50, now: start + .seconds(1)) }
        #expect(throws: Never.self) { try usage.charge(1, perMinute: 50, now: start + .seconds(2)) }
    }
}
