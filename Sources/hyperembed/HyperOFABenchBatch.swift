import Foundation
import Hypernetworks

/// One batch of tokens, shared by threads that each run theirs by themselves, as the engine's workers do.
struct HyperOFABenchBatch {
    private let shares: [Share]

    /// The threads take the tokens in turn, from the longest on.
    init(network: HyperOFAHypernetwork, tokens: [[Int32]], threads: Int) {
        let longestFirst = tokens.sorted { $0.count > $1.count }
        shares = (0..<threads).map { thread in
            Share(
                network: network,
                tokens: stride(from: thread, to: longestFirst.count, by: threads).map { longestFirst[$0] })
        }
    }

    /// Seconds that a batch took: of the clock, and of all processors together.
    struct Duration {
        fileprivate(set) var elapsed = Double.infinity
        fileprivate(set) var processorTime = Double.infinity
    }

    /// The shortest of both, of the batches after a first one that touches all memory: anything else on the cores only slows one.
    func fastest(seconds: Double) -> Duration {
        run()
        var fastest = Duration()
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        repeat {
            let start = (clock.now, Self.processorTime())
            run()
            fastest.elapsed = min(fastest.elapsed, start.0.duration(to: clock.now) / .seconds(1))
            fastest.processorTime = min(fastest.processorTime, Self.processorTime() - start.1)
        } while clock.now < end
        return fastest
    }

    private func run() { DispatchQueue.concurrentPerform(iterations: shares.count) { shares[$0].predict() } }

    /// Of the whole process.
    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// What one thread does. One thread at a time uses it.
    private final class Share: @unchecked Sendable {
        private let network: HyperOFAHypernetwork
        private let tokens: [[Int32]]
        private var workspace: HyperOFAWorkspace

        init(network: HyperOFAHypernetwork, tokens: [[Int32]]) {
            self.network = network
            self.tokens = tokens
            workspace = HyperOFAWorkspace(network.configuration)
        }

        func predict() { network.predict(tokens[...], workspace: &workspace) }
    }
}
