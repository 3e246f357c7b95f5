import Synchronization

/// Takes the parts of a streamed body, from any one thread at a time.
///
/// A client may be slow, so a producer heeds the window: after `write` has said that there is no more room, it waits for
/// `whenRoom`. A writer that is given up before `finish` cuts the connection off, so that no client takes a part for the whole.
public final class HTTPBodyWriter: Sendable {
    private let client: Client
    private let window: BodyWindow
    private let isFinished = Atomic(false)

    init(client: Client, window: BodyWindow) {
        self.client = client
        self.window = window
    }

    deinit {
        if !isFinished.load(ordering: .relaxed) { client.deliver(.streamAbort) }
    }

    /// Whether the client is gone, so that nobody waits for the rest.
    public var isCancelled: Bool { client.isGone }

    /// Sends a part.
    ///
    /// - Returns: whether there is room for more. Parts of an eighth of the window or less keep within it.
    public func write(_ part: [UInt8]) -> Bool {
        let hasRoom = window.add(part.count)
        client.deliver(.streamPart(part))
        return hasRoom
    }

    /// Calls `resume` once there is room for more, or the client is gone; at once, or on the connection's event loop, so it must
    /// not block.
    public func whenRoom(_ resume: @escaping @Sendable () -> Void) { window.whenRoom(resume) }

    /// The body is complete.
    public func finish() {
        if !isFinished.exchange(true, ordering: .relaxed) { client.deliver(.streamEnd) }
    }
}
