import CLinux
import Dispatch

/// Gives memory that is free back to the system now and then: what a vocabulary of 100 MB took, the allocator would keep for ever.
enum HeapTrimming {
    private static let interval = DispatchTimeInterval.seconds(10)

    /// Goes on as long as the process lives.
    static func begin() {
        let timer = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
        timer.setEventHandler {
            // The handler holds its source, which nothing else does.
            _ = timer
            clinux_trim_heap()
        }
        timer.schedule(deadline: .now() + interval, repeating: interval, leeway: .seconds(1))
        timer.activate()
    }
}
