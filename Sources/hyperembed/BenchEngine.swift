import ArgumentParser
import EmbeddingAPI
import Foundation
import Generation
import Hypernetworks
import JSON
import Tensors
import Tokenization

/// Times the generation engine, without HTTP: whole requests of new tokens, none of which is in a cache.
struct BenchEngine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "The generation engine: tokens per second, share of the machine's peak, latencies.")

    @Option(help: "Random weights in the sizes of a published hypernetwork, instead of a model: \(PublishedShape.allCases.map(\.rawValue).joined(separator: ", ")).")
    var shape: PublishedShape?

    @OptionGroup var model: ModelOptions

    @Option(help: ArgumentHelp("Take the tokens from this file, one a line, instead of random ones as long as new words are.", valueName: "file"))
    var tokens: String?

    @Option(help: "Language of the tokens, for a hypernetwork that looks at it; by default its first.")
    var language: String?

    @Option(name: .customLong("batch"), help: "Tokens in one request; may be repeated.")
    var batches: [Int] = [1, 8, 64, 1_024, 32_768]

    @Option(help: "Seconds to spend on each.")
    var seconds = 2.0

    @Flag(help: "Print the numbers as JSON, a line for each batch size.")
    var json = false

    func validate() throws {
        guard shape == nil || model.base == nil else { throw ValidationError("--shape and --base exclude each other.") }
        guard batches.allSatisfy({ $0 > 0 }) else { throw ValidationError("--batch must be 1 or more.") }
    }

    func run() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let (hypernetwork, spelling) = try load()
        let loading = start.duration(to: clock.now)
        let source = try TokenSource(hypernetwork, language: language, words: tokens.map(readLines), spelling: spelling)
        let engine = GenerationEngine()
        let bench = EngineBench(engine: engine, generator: RowGenerator(.zett(hypernetwork), cacheBytes: 0), tokens: source)
        try bench.warmUp(seconds: seconds)
        let measurements = try batches.map { try bench.measure(batch: $0, seconds: seconds) }
        if json { return printJSON(measurements) }

        let peak = MachinePeak.measure(threads: engine.workers)
        print("kernels: \(Kernels.best.name), \(engine.workers) workers, peak \(peak.rounded(toDigits: 1)) GFLOP/s of all together; loaded in \(loading)")
        print("\(source.meanLength.rounded(toDigits: 2)) source pieces a token; GFLOP/s of the matrix products, without those that are run once for each source id")
        print("")
        print(" tokens   tokens/s   µs/token   GFLOP/s   share       p50       p99")
        for measurement in measurements {
            let rate = measurement.floatingPointOperations / measurement.elapsed / 1e9
            print(
                [
                    "\(measurement.batch)".rightAligned(7), measurement.tokensPerSecond.rounded(toDigits: 0).rightAligned(11),
                    (1e6 / measurement.tokensPerSecond).rounded(toDigits: 1).rightAligned(11),
                    rate.rounded(toDigits: 1).rightAligned(10), ((100 * rate / peak).rounded(toDigits: 1) + " %").rightAligned(8),
                    milliseconds(measurement, 0.5).rightAligned(10), milliseconds(measurement, 0.99).rightAligned(10),
                ].joined())
        }
        let (idle, loaded) = try bench.latencyUnderLoad(seconds: max(seconds, 1))
        let ratio = (loaded.latency(0.99) / idle.latency(0.99)).rounded(toDigits: 1)
        print("")
        print("one token, nothing else waiting: p50 \(milliseconds(idle, 0.5)), p99 \(milliseconds(idle, 0.99))")
        print(
            "one token, the pool saturated by requests of 50,000: p50 \(milliseconds(loaded, 0.5)),"
                + " p99 \(milliseconds(loaded, 0.99)), \(ratio) x the idle p99")
    }

    private func milliseconds(_ measurement: EngineBench.Measurement, _ quantile: Double) -> String {
        (measurement.latency(quantile) * 1e3).rounded(toDigits: 2) + " ms"
    }

    private func load() throws -> (ZeTTHypernetwork, TokenSource.Spelling?) {
        if let shape { return (try shape.makeHypernetwork(), nil) }
        let model = try model.load(cacheBytes: 0)
        let predictor = try self.model.predictor(of: model)
        guard let network = predictor.hypernetwork.zett, let surfaceForms = predictor.surfaceForms else {
            throw ValidationError("bench engine measures ZeTT's hypernetworks; bench hyperofa is for the others.")
        }
        return (network, (model.reader, surfaceForms))
    }

    private func readLines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// A line for each batch size.
    private func printJSON(_ measurements: [EngineBench.Measurement]) {
        for measurement in measurements {
            var writer = JSONWriter()
            writer.object { line in
                line.member("batch", measurement.batch)
                line.member("tokens_per_second", measurement.tokensPerSecond)
                line.member("latency_p50_ms", measurement.latency(0.5) * 1e3)
                line.member("latency_p99_ms", measurement.latency(0.99) * 1e3)
            }
            print(String(decoding: writer.bytes, as: UTF8.self))
        }
    }
}
