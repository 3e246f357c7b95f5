import ArgumentParser
import Foundation
import Hypernetworks
import JSON
import Tensors

/// Times HyperOFA's BiLSTM, whole batches of tokens with mixed numbers of words.
struct BenchHyperOFA: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hyperofa",
        abstract: "HyperOFA's BiLSTM: tokens per second on one core and on all.",
        discussion: """
            Unless a hypernetwork is given, its weights are random, its sizes the paper's, and the lengths of a batch ⌈256 u³⌉ \
            for evenly spaced u between 0 and 1: 1 to 256 words, most of them few, 65 on average. Threads share a batch: they \
            take its tokens in turn, from the longest on. The second rate is that of all processors' time: other work on the \
            machine changes it less.
            """)

    @Option(help: "Tokens in one random batch.")
    var batch = 256

    @Option(help: "Width of each direction of a random LSTM layer.")
    var hidden = 800

    @Option(help: "Random LSTM layers.")
    var layers = 2

    @Option(help: ArgumentHelp("Folder of a BiLSTM to time instead: model_config.yaml and model.ckpt.", valueName: "dir"))
    var hypernetwork: String?

    @Option(name: .customLong("case"), help: ArgumentHelp("Its golden case, whose tokens are the batch.", valueName: "file"))
    var caseFile: String?

    @Option(help: ArgumentHelp("How the weights are kept.", valueName: "format"))
    var weights: FloatFormat = .float32

    @Option(help: "Threads that share a batch; may be repeated. By default 1, and as many as there are cores.")
    var threads: [Int] = Set([1, ProcessInfo.processInfo.activeProcessorCount]).sorted()

    @Option(help: "Seconds to spend on each number of threads; at least one batch is timed.")
    var seconds = 10.0

    @Flag(help: "Print the rates as JSON, a line for each number of threads.")
    var json = false

    func validate() throws {
        guard batch > 0, hidden > 0, hidden <= 4_096, layers > 0, layers <= 8 else {
            throw ValidationError("--batch, --hidden (up to 4096) and --layers (up to 8) must be 1 or more.")
        }
        guard (hypernetwork == nil) == (caseFile == nil) else {
            throw ValidationError("--hypernetwork and --case need each other.")
        }
        guard threads.allSatisfy({ 1...1_024 ~= $0 }) else { throw ValidationError("--threads must be 1 to 1024.") }
    }

    func run() throws {
        let (network, hiddenSize, tokens) = try load()
        let words = tokens.reduce(0) { $0 + $1.count }
        if !json {
            print(
                "kernels: \(Kernels.best.name), weights: \(weights.rawValue); \(network.configuration.layers) layers of"
                    + " 2 x \(hiddenSize), \(tokens.count) tokens of \(words) words")
            print("")
            print("threads   tokens/s   per processor second   words/s   GFLOP/s   share")
        }
        for threads in threads {
            let peak = json ? 0 : MachinePeak.measure(threads: threads)
            let batch = HyperOFABenchBatch(network: network, tokens: tokens, threads: threads)
            let fastest = batch.fastest(seconds: seconds)
            let rate = Double(tokens.count) / fastest.elapsed
            let processorRate = Double(tokens.count) / fastest.processorTime
            if json {
                printJSON(threads: threads, rate: rate, processorRate: processorRate)
                continue
            }
            let wordRate = Double(words) / fastest.elapsed
            let operations = wordRate * network.configuration.floatingPointOperationsPerWord / 1e9
            print(
                [
                    "\(threads)".rightAligned(7), rate.rounded(toDigits: 1).rightAligned(11),
                    processorRate.rounded(toDigits: 1).rightAligned(23), wordRate.rounded(toDigits: 0).rightAligned(10),
                    operations.rounded(toDigits: 1).rightAligned(10),
                    ((100 * operations / peak).rounded(toDigits: 1) + " %").rightAligned(8),
                ].joined())
        }
    }

    private func printJSON(threads: Int, rate: Double, processorRate: Double) {
        var writer = JSONWriter()
        writer.object { line in
            line.member("threads", threads)
            line.member("tokens_per_second", rate)
            line.member("tokens_per_processor_second", processorRate)
        }
        print(String(decoding: writer.bytes, as: UTF8.self))
    }

    /// A BiLSTM, its width in each direction, and the words of its tokens.
    private func load() throws -> (HyperOFAHypernetwork, hiddenSize: Int, tokens: [[Int32]]) {
        guard let hypernetwork, let caseFile else {
            let configuration = HyperOFAConfiguration(
                encoder: .biLSTM(hiddenSize: hidden), layers: layers, wordSize: 200, maximumWords: 256, wordCount: 50_000,
                outputSize: 200)
            return (try configuration.makeRandomBiLSTM(weightFormat: weights), hidden, randomTokens(configuration))
        }
        let network = try HyperOFAHypernetwork(folder: hypernetwork, weightFormat: weights)
        guard case .biLSTM(let hiddenSize) = network.configuration.encoder else { throw ValidationError("\(hypernetwork) has no BiLSTM.") }
        let tokens = try HyperOFAGoldenCase(path: caseFile, configuration: network.configuration).tokens
        for words in tokens { try network.validate(words: words) }
        return (network, hiddenSize, tokens)
    }

    private func randomTokens(_ configuration: HyperOFAConfiguration) -> [[Int32]] {
        (0..<batch).map { token in
            let share = (Double(token) + 0.5) / Double(batch)
            let length = Int((Double(configuration.maximumWords) * share * share * share).rounded(.up))
            return (0..<length).map { _ in Int32.random(in: 0..<Int32(configuration.wordCount)) }
        }
    }
}
