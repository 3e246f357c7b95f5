import ArgumentParser
import Foundation
import Hypernetworks
import Tensors

/// Times HyperOFA's BiLSTM of the paper's sizes with random weights, whole batches of tokens with mixed numbers of words.
struct BenchHyperOFA: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hyperofa",
        abstract: "HyperOFA's BiLSTM: tokens per second on one core and on all, with random weights.",
        discussion: """
            The lengths of a batch are ⌈256 u³⌉ for evenly spaced u between 0 and 1: 1 to 256 words, most of them few, 64 on \
            average. Threads share a batch: they take its tokens in turn, from the longest on.
            """)

    @Option(help: "Tokens in one batch.")
    var batch = 256

    @Option(help: "Seconds to spend on each number of threads; at least one batch is timed.")
    var seconds = 10.0

    @Option(help: "Width of each direction of an LSTM layer.")
    var hidden = 800

    @Option(help: "LSTM layers.")
    var layers = 2

    func validate() throws {
        guard batch > 0, hidden > 0, hidden <= 4_096, layers > 0, layers <= 8 else {
            throw ValidationError("--batch, --hidden (up to 4096) and --layers (up to 8) must be 1 or more.")
        }
    }

    func run() throws {
        let configuration = HyperOFAConfiguration(
            encoder: .biLSTM(hiddenSize: hidden), layers: layers, wordSize: 200, maximumWords: 256, wordCount: 50_000,
            outputSize: 200)
        let network = try configuration.makeRandomHypernetwork()
        let tokens = randomTokens(configuration)
        let words = tokens.reduce(0) { $0 + $1.count }
        print("kernels: \(Kernels.best.name); \(layers) layers of 2 x \(hidden), \(batch) tokens of \(words) words")
        print("")
        print("threads   tokens/s   words/s   GFLOP/s   share")
        let cores = ProcessInfo.processInfo.activeProcessorCount
        for threads in Set([1, cores]).sorted() {
            let peak = MachinePeak.measure(threads: threads)
            let rate = tokensPerSecond(network, tokens, threads: threads)
            let wordRate = rate * Double(words) / Double(batch)
            let operations = wordRate * configuration.floatingPointOperationsPerWord / 1e9
            print(
                "\(threads)".rightAligned(7) + rate.rounded(toDigits: 1).rightAligned(11)
                    + wordRate.rounded(toDigits: 0).rightAligned(10) + operations.rounded(toDigits: 1).rightAligned(10)
                    + ((100 * operations / peak).rounded(toDigits: 1) + " %").rightAligned(8))
        }
    }

    /// Longest first.
    private func randomTokens(_ configuration: HyperOFAConfiguration) -> [[Int32]] {
        (0..<batch).reversed().map { token in
            let share = (Double(token) + 0.5) / Double(batch)
            let length = Int((Double(configuration.maximumWords) * share * share * share).rounded(.up))
            return (0..<length).map { _ in Int32.random(in: 0..<Int32(configuration.wordCount)) }
        }
    }

    /// Of the fastest batch after a first one that touches all memory: anything else on the cores only slows one.
    private func tokensPerSecond(_ network: HyperOFAHypernetwork, _ tokens: [[Int32]], threads: Int) -> Double {
        let team = (0..<threads).map { thread in
            BenchWorker(
                network: network, tokens: stride(from: thread, to: tokens.count, by: threads).map { tokens[$0] })
        }
        func runBatch() { DispatchQueue.concurrentPerform(iterations: threads) { team[$0].predict() } }
        runBatch()
        return bestRate(seconds: seconds) {
            runBatch()
            return Double(batch)
        } * 1e9
    }
}

/// One thread's share of a batch. One thread at a time uses it.
private final class BenchWorker: @unchecked Sendable {
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

extension HyperOFAConfiguration {
    /// Of the matrix products of a BiLSTM's layers, for one word.
    fileprivate var floatingPointOperationsPerWord: Double {
        guard case .biLSTM(let hiddenSize) = encoder else { return 0 }
        return (0..<layers).reduce(0) { sum, layer in
            let inputs = layer == 0 ? wordSize : 2 * hiddenSize
            return sum + 2 * 2 * Double(4 * hiddenSize * (inputs + hiddenSize))
        }
    }

    /// A BiLSTM of these sizes with random weights and word vectors.
    fileprivate func makeRandomHypernetwork() throws -> HyperOFAHypernetwork {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path
        // What is mapped stays when its name goes.
        defer { try? FileManager.default.removeItem(atPath: path) }
        try RandomTensors.write(tensors, to: path)
        return try HyperOFAHypernetwork(configuration: self, checkpoint: Checkpoint(file: path))
    }

    /// The names and shapes of a checkpoint's tensors.
    private var tensors: [(key: String, shape: [Int])] {
        guard case .biLSTM(let hiddenSize) = encoder else { return [] }
        var tensors = [("model.word_vector_emb_layer.weight", [wordCount + 1, wordSize])]
        for layer in 0..<layers {
            for suffix in ["l\(layer)", "l\(layer)_reverse"] {
                let inputs = layer == 0 ? wordSize : 2 * hiddenSize
                tensors += [
                    ("model.lstm.weight_ih_\(suffix)", [4 * hiddenSize, inputs]),
                    ("model.lstm.weight_hh_\(suffix)", [4 * hiddenSize, hiddenSize]),
                    ("model.lstm.bias_ih_\(suffix)", [4 * hiddenSize]), ("model.lstm.bias_hh_\(suffix)", [4 * hiddenSize]),
                ]
            }
        }
        return tensors + [
            ("model.linear_output_layers.0.weight", [2 * outputSize, 2 * hiddenSize]),
            ("model.linear_output_layers.0.bias", [2 * outputSize]),
            ("model.linear_output_layers.3.weight", [outputSize, 2 * outputSize]),
            ("model.linear_output_layers.3.bias", [outputSize]),
        ]
    }
}
