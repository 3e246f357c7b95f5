import Dispatch

/// Runs a task on a Dispatch queue of its own. Swift's threads for tasks are as few as the processors, and tests that wait may have
/// taken them all.
final class QueueExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "hyperembed.tests")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
