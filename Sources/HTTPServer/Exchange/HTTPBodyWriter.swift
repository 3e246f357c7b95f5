import Synchronization

/// Takes the parts of a streamed body, from any one thread at a time.
///
/// A client may be slow, so a producer heeds the window: after `write` has said that there is no more room, it waits for
/// `whenRoom`. A writer that is given up before `finish` cuts the connection off, so that no client takes a part for the whole.
public final class HTTPBodyWriter: Sendable {
    private let client: Client
    private let window: BodyWindow
    /// Nil for a body that goes out as it is.
    private let deflater: Mutex<Deflater?>
    private let isFinished = Atomic(false)

    init(client: Client, window: BodyWindow, deflater: consuming sending Deflater?) {
        self.client = client
        self.window = window
        self.deflater = Mutex(deflater)
    }

    deinit {
        if !isFinished.load(ordering: .relaxed) { client.deliver(.streamAbort) }
    }

    /// Whether the client is gone, so that nobody waits for the rest.
    public var isCancelled: Bool { client.isGone }

    /// Sends a part, at once: a client can read it before the next one is written.
    ///
    /// - Returns: whether there is room for more. Parts of an eighth of the window or less keep within it.
    public func write(_ part: [UInt8]) -> Bool { send(compressed(part)) }

    /// Calls `resume` once there is room for more, or the client is gone; at once, or on the connection's event loop, so it must
    /// not block.
    public func whenRoom(_ resume: @escaping @Sendable () -> Void) { window.whenRoom(resume) }

    /// The body is complete.
    public func finish() {
        guard !isFinished.exchange(true, ordering: .relaxed) else { return }
        var rest: [UInt8] = []
        deflater.withLock { $0.take()?.finish(to: &rest) }
        if !rest.isEmpty { _ = send(rest) }
        client.deliver(.streamEnd)
    }

    private func send(_ part: [UInt8]) -> Bool {
        let hasRoom = window.add(part.count)
        client.deliver(.streamPart(part))
        return hasRoom
    }

    private func compressed(_ part: [UInt8]) -> [UInt8] {
        deflater.withLock { deflater in
            guard deflater != nil else { return part }
            var output: [UInt8] = []
            deflater?.append(part.span, to: &output)
            deflater?.flush(to: &output)
            return output
        }
    }
}
