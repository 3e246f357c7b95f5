import Foundation
import Synchronization
import Tensors

/// What the processors could do at best.
enum MachinePeak {
    /// GFLOP/s of multiply-adds in registers on so many threads at once: the best of several bursts, since anything else on the
    /// machine only slows them.
    static func measure(threads: Int) -> Double {
        let clock = ContinuousClock()
        return (0..<10).map { _ in
            let operations = Mutex(0.0)
            let start = clock.now
            DispatchQueue.concurrentPerform(iterations: threads) { _ in
                let done = Kernels.best.fusedMultiplyAddBurst(iterations: 2_000_000)
                operations.withLock { $0 += done }
            }
            return operations.withLock { $0 } / (start.duration(to: clock.now) / .seconds(1)) / 1e9
        }.max() ?? 0
    }
}
