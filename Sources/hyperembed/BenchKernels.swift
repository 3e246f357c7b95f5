import ArgumentParser
import Foundation
import Tensors

/// Times the matrix kernel beside the peak of the core it runs on.
struct BenchKernels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Matrix multiplication: GFLOP/s and share of this core's peak, one thread.")

    @Option(help: "Seconds to spend on each shape.")
    var seconds = 0.2

    /// Inputs and outputs of the layers that a forward pass runs.
    private static let shapes: [(inputs: Int, outputs: Int)] = [
        (384, 384), (384, 1152), (384, 768), (768, 384), (768, 768), (768, 2304), (768, 3072), (3072, 768),
    ]
    private static let rowCounts = [1, 2, 4, 8, 16, 32, 64, 130, 256, 1024]

    func run() throws {
        let peak = measuredPeak()
        print("kernels: \(Kernels.best.name)")
        print("peak of this core: \(formatted(peak, 1)) GFLOP/s (fused multiply-adds in registers)")
        print("")
        print(" inputs outputs   rows   GFLOP/s   share")
        for shape in Self.shapes {
            let layer = Linear(
                weight: values(shape.inputs * shape.outputs), bias: values(shape.outputs), inputs: shape.inputs)
            for rows in Self.rowCounts {
                let rate = rate(of: layer, rows: rows)
                let columns = [pad(shape.inputs, 7), pad(shape.outputs, 8), pad(rows, 7)].joined()
                print("\(columns)\(padded(formatted(rate, 1), 10))\(padded(formatted(100 * rate / peak, 1) + " %", 8))")
            }
        }
    }

    /// GFLOP/s of register-only multiply-adds: the best of several bursts, since anything else on the core only slows them.
    private func measuredPeak() -> Double {
        bestRate { Kernels.best.fusedMultiplyAddBurst(iterations: 1_000_000) }
    }

    private func rate(of layer: Linear, rows: Int) -> Double {
        var input = Matrix(rows: rows, columns: layer.inputs)
        for row in 0..<rows { input.setRow(row, to: values(layer.inputs)) }
        var output = Matrix(columns: layer.outputs)
        let operations = 2 * Double(rows) * Double(layer.inputs) * Double(layer.outputs)
        // One timing covers enough calls to dwarf the clock's own cost.
        let calls = max(1, Int(2e7 / operations))
        return bestRate {
            for _ in 0..<calls { layer.apply(to: input, output: &output) }
            return operations * Double(calls)
        }
    }

    /// The best GFLOP/s over many runs of `work`, which returns how many operations it did.
    private func bestRate(_ work: () -> Double) -> Double {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        var best = 0.0
        repeat {
            let start = clock.now
            let operations = work()
            let elapsed = start.duration(to: clock.now) / .seconds(1)
            best = max(best, operations / elapsed / 1e9)
        } while clock.now < end
        return best
    }

    /// Ordinary numbers: denormals or infinities would be timed at another speed.
    private func values(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 17) / 17 - 0.5 } }

    private func formatted(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
    private func pad(_ value: Int, _ width: Int) -> String { padded(String(value), width) }
    private func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
