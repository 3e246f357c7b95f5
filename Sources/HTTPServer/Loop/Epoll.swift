import CLinux
import Foundation

/// An epoll descriptor: which of many descriptors have become readable or writable.
///
/// Registrations are edge-triggered: an event says that something has changed, and its owner reads or writes until the kernel
/// says that it would block. So no system call is needed when a connection changes between reading and writing.
struct Epoll: ~Copyable {
    let descriptor: Int32
    private var events: [epoll_event]

    struct Event {
        var id: UInt64
        var isReadable: Bool
        var isWritable: Bool
        /// The peer has closed its sending side: the end of the stream is to be read.
        var hangsUp: Bool
        /// The peer has reset the connection, or both directions are closed.
        var isGone: Bool

        /// No event: its owner just goes on.
        static let nothing = Event(id: 0, isReadable: false, isWritable: false, hangsUp: false, isGone: false)
    }

    init() {
        descriptor = clinux_epoll_create()
        events = [epoll_event](repeating: epoll_event(), count: 256)
    }

    deinit { close(descriptor) }

    /// Watches a descriptor until it is closed; its events carry `id`.
    func watch(_ watched: Int32, id: UInt64) -> Bool {
        var event = epoll_event()
        event.events = clinux_readable | clinux_writable | clinux_edge_triggered
        event.data.u64 = id
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0
    }

    /// Hands over what has happened, without waiting. False if nothing has.
    mutating func poll(_ handle: (Event) -> Void) -> Bool {
        let count = epoll_wait(descriptor, &events, Int32(events.count), 0)
        guard count > 0 else { return false }
        for event in events[..<Int(count)] {
            let flags = event.events
            // A hang-up or an error is found by reading: what arrived before it is still there.
            let isGone = flags & clinux_gone != 0
            handle(
                Event(
                    id: event.data.u64, isReadable: isGone || flags & clinux_readable != 0,
                    isWritable: isGone || flags & clinux_writable != 0,
                    hangsUp: isGone || flags & clinux_half_closed != 0, isGone: isGone))
        }
        return true
    }
}
