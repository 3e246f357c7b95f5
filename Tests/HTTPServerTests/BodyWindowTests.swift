import Synchronization
import Testing

@testable import HTTPServer

@Suite struct BodyWindowTests {
    private let calls = Calls()

    @Test func theProducerGoesOnWhenHalfIsFree() {
        let window = BodyWindow(size: 100)
        #expect(window.add(60) && !window.add(60))
        window.whenRoom { [calls] in calls.add() }
        window.remove(60)
        #expect(calls.count == 0)
        window.remove(10)
        #expect(calls.count == 1)
        window.remove(50)
        #expect(calls.count == 1 && window.add(10))
    }

    @Test func thereIsRoomAtOnceWhereThereIsRoom() {
        let window = BodyWindow(size: 100)
        window.whenRoom { [calls] in calls.add() }
        #expect(calls.count == 1)
    }

    /// Whoever waits for a client that has gone is told, and never waits again.
    @Test func aClosedWindowHoldsNobodyUp() {
        let window = BodyWindow(size: 100)
        #expect(!window.add(1_000))
        window.whenRoom { [calls] in calls.add() }
        window.close()
        #expect(calls.count == 1 && window.add(1_000))
        window.whenRoom { [calls] in calls.add() }
        #expect(calls.count == 2)
    }
}

/// Counts calls from any thread.
final class Calls: Sendable {
    private let number = Atomic(0)
    var count: Int { number.load(ordering: .relaxed) }
    func add() { number.add(1, ordering: .relaxed) }
}
