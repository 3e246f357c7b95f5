import Synchronization

/// A connection as its application sees it, from any thread: where answers go, and whether anybody still waits for them.
final class Client: Sendable {
    /// Bytes of a streamed body that may wait for the client.
    let windowSize: Int
    let deliver: @Sendable (Delivery) -> Void
    private let gone = Atomic(false)

    init(windowSize: Int, deliver: @escaping @Sendable (Delivery) -> Void) {
        self.windowSize = windowSize
        self.deliver = deliver
    }

    var isGone: Bool { gone.load(ordering: .relaxed) }

    func leave() { gone.store(true, ordering: .relaxed) }
}
