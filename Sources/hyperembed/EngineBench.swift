import Foundation
import Generation
import Hypernetworks
import Synchronization

/// Asks an engine for rows, over and over, and takes the time.
struct EngineBench {
    let engine: GenerationEngine
    let generator: RowGenerator
    let tokens: TokenSource

    /// Requests of equal size, one after the other.
    struct Measurement {
        let batch: Int
        /// Seconds that each request took, in ascending order.
        fileprivate(set) var latencies: [Double] = []
        /// Seconds that all requests took.
        fileprivate(set) var elapsed = 0.0
        fileprivate(set) var floatingPointOperations = 0.0

        var tokensPerSecond: Double { Double(batch * latencies.count) / elapsed }

        /// The latency that the given share of requests does not pass.
        func latency(_ quantile: Double) -> Double { latencies[min(latencies.count - 1, Int(Double(latencies.count) * quantile))] }
    }

    /// Touches all memory, and computes what is kept of the source ids that are used most, as a service that has run for a while
    /// has done.
    func warmUp(seconds: Double) throws { _ = try measure(batch: 1_024, seconds: seconds) }

    func measure(batch: Int, seconds: Double) throws -> Measurement {
        var measurement = Measurement(batch: batch)
        let configuration = tokens.hypernetwork.configuration
        let clock = ContinuousClock()
        repeat {
            let tokens = tokens.next(batch)
            let start = clock.now
            _ = try engine.generate(tokens, with: generator)
            let latency = start.duration(to: clock.now) / .seconds(1)
            measurement.latencies.append(latency)
            measurement.elapsed += latency
            measurement.floatingPointOperations += configuration.floatingPointOperations(of: tokens)
        } while measurement.elapsed < seconds
        measurement.latencies.sort()
        return measurement
    }

    /// Single tokens, first with the engine idle, then while requests of 50,000 keep all workers busy.
    func latencyUnderLoad(seconds: Double) throws -> (idle: Measurement, loaded: Measurement) {
        let idle = try measure(batch: 1, seconds: seconds)
        let bulk = BulkLoad(self)
        defer { bulk.stop() }
        try bulk.start()
        return (idle, try measure(batch: 1, seconds: seconds))
    }
}

/// Keeps two large requests in an engine until it is stopped.
private final class BulkLoad: Sendable {
    private let bench: EngineBench
    private let isStopped = Atomic(false)

    init(_ bench: EngineBench) { self.bench = bench }

    func start() throws {
        for _ in 0..<2 { try submit() }
        Thread.sleep(forTimeInterval: 0.2)
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func submit() throws {
        try bench.engine.generate(
            bench.tokens.next(50_000), with: bench.generator, priority: .bulk,
            isCancelled: { [self] in isStopped.load(ordering: .relaxed) }
        ) { [self] result, _ in
            if case .success = result { try? submit() }
        }
    }
}

extension ZeTTConfiguration {
    /// Of the matrix products that a forward pass runs for `tokens`, without those that are run once for each source id: its
    /// projection, and its queries, keys and values in the first layer.
    func floatingPointOperations(of tokens: [HypernetworkInput]) -> Double {
        let pieces = tokens.sourceRows + (languages == nil ? 0 : tokens.count)
        let (rows, count) = (Double(pieces), Double(tokens.count))
        let (hidden, intermediate) = (Double(hiddenSize), Double(intermediateSize))
        let feedForward = 2 * hidden * intermediate
        let keptLayers = layers > 1 ? rows * 3 * hidden * hidden : 0
        let fullLayers = Double(layers - 1) * rows * (4 * hidden * hidden + feedForward) - keptLayers
        let finalLayer = count * (4 * hidden * hidden + feedForward)
        let outputs = Double(hasSeparateOutputEmbeddings ? 2 * embeddingSize : embeddingSize)
        let headBlocks = hasSeparateOutputEmbeddings && !hasSingleHead ? 2.0 : 1.0
        let heads = count * (headBlocks * feedForward + hidden * outputs + (predictsBias ? hidden : 0))
        return 2 * (fullLayers + finalLayer + heads)
    }
}
