import Synchronization

/// How much of a streamed body is on its way: counted up by whoever produces it, down by the connection as the client takes it.
final class BodyWindow: Sendable {
    private struct State {
        var waiting = 0
        var isClosed = false
        var resume: (@Sendable () -> Void)?
    }

    private let size: Int
    private let state = Mutex(State())

    init(size: Int) { self.size = size }

    /// Counts bytes that were handed over; whether there is room for more.
    func add(_ count: Int) -> Bool {
        state.withLock { state in
            state.waiting += count
            return state.waiting < size || state.isClosed
        }
    }

    /// Counts bytes that the client has taken. The producer goes on once half of the window is free: not for every packet.
    func remove(_ count: Int) {
        let resume = state.withLock { state in
            state.waiting -= count
            return state.waiting <= size / 2 ? state.resume.take() : nil
        }
        resume?()
    }

    /// The client is gone: whoever waits for room is told, and finds out.
    func close() {
        let resume = state.withLock { state in
            state.isClosed = true
            return state.resume.take()
        }
        resume?()
    }

    /// Calls `resume` once there is room, which may be at once.
    func whenRoom(_ resume: @escaping @Sendable () -> Void) {
        let hasRoom = state.withLock { state in
            if state.isClosed || state.waiting < size { return true }
            state.resume = resume
            return false
        }
        if hasRoom { resume() }
    }
}
