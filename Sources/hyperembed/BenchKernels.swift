import ArgumentParser
import Foundation
import Tensors

/// Times the matrix kernel beside what the core it runs on could do at best: multiply-adds in registers, and reading.
struct BenchKernels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Matrix multiplication: GFLOP/s and share of this core's peak, one thread.",
        discussion: """
            Few rows take as long as reading the weights does: for them the last columns say at how many GB/s the weights went \
            by, and what share that is of a plain loop over the same bytes.
            """)

    @Option(help: ArgumentHelp("Width of the hypernetwork whose layers are timed: 384, 768 or 4096.", valueName: "width"))
    var hidden = 768

    @Option(help: ArgumentHelp("How the weights are kept.", valueName: "format"))
    var weights: FloatFormat = .float32

    @Option(help: "Seconds to spend on each shape.")
    var seconds = 0.2

    /// Inputs and outputs of the layers that a forward pass runs, by the hypernetwork's width.
    private static let shapes: [Int: [(inputs: Int, outputs: Int)]] = [
        384: [(384, 384), (384, 1152), (384, 768), (768, 384)],
        768: [(768, 768), (768, 2304), (768, 3072), (3072, 768)],
        4096: [(4096, 4096), (4096, 12288), (4096, 8192), (8192, 4096)],
    ]
    private static let rowCounts = [1, 2, 4, 8, 16, 32, 64, 130, 256, 1024]
    private static let fewRows = 4

    func validate() throws {
        guard Self.shapes[hidden] != nil else { throw ValidationError("--hidden takes 384, 768 or 4096.") }
    }

    func run() throws {
        let peak = MachinePeak.measure(threads: 1)
        print("kernels: \(Kernels.best.name), weights: \(weights.rawValue)")
        print("peak of this core: \(peak.rounded(toDigits: 1)) GFLOP/s (fused multiply-adds in registers)")
        print("")
        print(" inputs outputs   rows   GFLOP/s   share      GB/s  of reading")
        for shape in Self.shapes[hidden] ?? [] {
            let layer = Linear(
                weight: values(shape.inputs * shape.outputs), bias: values(shape.outputs), inputs: shape.inputs, format: weights)
            let reading = bestRate(seconds: seconds) { repeating(layer.packedByteCount) { layer.readWeights() } }
            for rows in Self.rowCounts {
                let rate = rate(of: layer, rows: rows)
                var line = "\(shape.inputs)".rightAligned(7) + "\(shape.outputs)".rightAligned(8) + "\(rows)".rightAligned(7)
                line += rate.rounded(toDigits: 1).rightAligned(10) + ((100 * rate / peak).rounded(toDigits: 1) + " %").rightAligned(8)
                if rows <= Self.fewRows {
                    let bandwidth = rate * Double(layer.packedByteCount) / Double(operations(of: layer, rows: rows))
                    line += bandwidth.rounded(toDigits: 1).rightAligned(10) + ((100 * bandwidth / reading).rounded(toDigits: 1) + " %").rightAligned(12)
                }
                print(line)
            }
        }
    }

    private func operations(of layer: Linear, rows: Int) -> Int {
        2 * rows * layer.inputs * layer.outputs
    }

    /// GFLOP/s.
    private func rate(of layer: Linear, rows: Int) -> Double {
        var input = Matrix(rows: rows, columns: layer.inputs)
        for row in 0..<rows { input.setRow(row, to: values(layer.inputs)) }
        var output = Matrix(columns: layer.outputs)
        let operations = operations(of: layer, rows: rows)
        return bestRate(seconds: seconds) { repeating(operations) { layer.apply(to: input, output: &output) } }
    }

    /// Does a piece of work of `amount` until it dwarfs the clock's own cost; returns how much that was.
    private func repeating(_ amount: Int, _ work: () -> Void) -> Double {
        let calls = max(1, 20_000_000 / max(amount, 1))
        for _ in 0..<calls { work() }
        return Double(calls * amount)
    }

    /// Ordinary numbers: denormals or infinities would be timed at another speed.
    private func values(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 17) / 17 - 0.5 } }
}
