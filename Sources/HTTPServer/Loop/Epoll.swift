import CLinux
import Foundation

/// An epoll descriptor: which of many descriptors have become readable or writable.
///
/// Registrations are edge-triggered: an event says that something has changed, and its owner reads or writes until the kernel
/// says that it would block. So no system call is needed when a connection changes between reading and writing.
struct Epoll: ~Copyable {
    let descriptor: Int32
    /// Written to by other threads to end a wait.
    private let wakeDescriptor: Int32
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

    /// The id of the events that `wake` causes.
    static let wakeID = UInt64.max

    init() {
        descriptor = clinux_epoll_create()
        wakeDescriptor = clinux_eventfd()
        events = [epoll_event](repeating: epoll_event(), count: 256)
        _ = watch(wakeDescriptor, id: Self.wakeID)
    }

    deinit {
        close(wakeDescriptor)
        close(descriptor)
    }

    /// Watches a descriptor until it is closed; its events carry `id`.
    func watch(_ watched: Int32, id: UInt64) -> Bool {
        var event = epoll_event()
        event.events = clinux_readable | clinux_writable | clinux_edge_triggered
        event.data.u64 = id
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0
    }

    /// Waits for events, up to `milliseconds`.
    ///
    /// - Returns: how many there are; `event` tells which.
    mutating func wait(milliseconds: Int32) -> Int {
        Int(max(epoll_wait(descriptor, &events, Int32(events.count), milliseconds), 0))
    }

    func event(_ index: Int) -> Event {
        let flags = events[index].events
        // A hang-up or an error is found by reading: what arrived before it is still there.
        let isGone = flags & clinux_gone != 0
        return Event(
            id: events[index].data.u64, isReadable: isGone || flags & clinux_readable != 0,
            isWritable: isGone || flags & clinux_writable != 0, hangsUp: isGone || flags & clinux_half_closed != 0,
            isGone: isGone)
    }

    /// Ends a wait, or the next one; from any thread. The counter behind it is never read: each write is a change, which is all
    /// that an edge-triggered registration looks at.
    func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }
}
