import Synchronization

/// A connection as its application sees it, from any thread: where answers go, and whether anybody still waits for them.
final class Client: Sendable {
    /// Bytes of a streamed body that may wait for the client.
    let windowSize: Int
    let deliver: @Sendable (Delivery) -> Void
    private let gone = Atomic(false)
    private let certificateSubject = Mutex<String?>(nil)
    /// What is known of the current request; nobody asks for it where nobody observes.
    private let notes = Mutex<(route: String?, notes: RequestNotes)>((nil, RequestNotes()))

    init(windowSize: Int, deliver: @escaping @Sendable (Delivery) -> Void) {
        self.windowSize = windowSize
        self.deliver = deliver
    }

    var isGone: Bool { gone.load(ordering: .relaxed) }

    /// The subject of the client's certificate (RFC 4514), if it has shown one.
    var subject: String? {
        get { certificateSubject.withLock { $0 } }
        set { certificateSubject.withLock { $0 = newValue } }
    }

    func note(route: String) { notes.withLock { $0 = (route, RequestNotes()) } }

    func note(_ name: StaticString, _ value: RequestNotes.Value) { notes.withLock { $0.notes.append((name, value)) } }

    func takeNotes() -> (route: String?, notes: RequestNotes) {
        notes.withLock { notes in
            defer { notes = (nil, RequestNotes()) }
            return notes
        }
    }

    func leave() { gone.store(true, ordering: .relaxed) }
}
