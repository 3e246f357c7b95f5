import CKernels
import Foundation
import Testing

@Suite struct LSTMCellTests {
    /// σ alone: with the cell gate's tanh at 1, the first cell state is the input gate.
    private func sigmoid(_ kernels: Kernels, _ x: [Float]) -> [Float] {
        kernels.start(gates: x.map { [$0, 0, .infinity, 0] }).cell
    }

    /// tanh alone: with the input gate at 1, the first cell state is the cell gate.
    private func tanh(_ kernels: Kernels, _ x: [Float]) -> [Float] {
        kernels.start(gates: x.map { [.infinity, 0, $0, 0] }).cell
    }

    private static let finite = stride(from: Float(-20), through: 20, by: 0x1p-12) + [-1e30, -300, -90, 90, 300, 1e30]

    @Test(arguments: Kernels.all) func sigmoidAgreesWithDoublePrecision(_ kernels: Kernels) {
        for (x, y) in zip(Self.finite, sigmoid(kernels, Self.finite)) {
            let exact = 1 / (1 + Foundation.exp(-Double(x)))
            #expect(abs(Double(y) - exact) <= 4 * Double(Float(exact).ulp) + 2e-38, "σ(\(x)) = \(y)")
        }
    }

    @Test(arguments: Kernels.all) func tanhAgreesWithDoublePrecision(_ kernels: Kernels) {
        let small = Self.finite.map { $0 * 0x1p-20 }
        for (x, y) in zip(Self.finite + small, tanh(kernels, Self.finite + small)) {
            let exact = Foundation.tanh(Double(x))
            #expect(abs(Double(y) - exact) <= 4 * Double(Float(exact).ulp), "tanh(\(x)) = \(y)")
        }
    }

    @Test(arguments: Kernels.all) func endsSaturateAndNaNPasses(_ kernels: Kernels) {
        #expect(sigmoid(kernels, [.infinity, 1e30, 0, -0.0]) == [1, 1, 0.5, 0.5])
        #expect(sigmoid(kernels, [-.infinity, -1e30]).allSatisfy { $0 >= 0 && $0 < 2e-38 })
        #expect(tanh(kernels, [.infinity, 1e30, 0, -1e30, -.infinity]) == [1, 1, 0, -1, -1])
        #expect(sigmoid(kernels, [.nan, 1, -.nan]).map(\.isNaN) == [true, false, true])
        #expect(tanh(kernels, [.nan, 1, -.nan]).map(\.isNaN) == [true, false, true])
    }

    /// The equations in double precision, over rows and strides, first steps and later ones.
    @Test(arguments: Kernels.all, [1, 3, 16, 33, 100]) func stepsFollowTheEquations(_ kernels: Kernels, _ units: Int) {
        var random = Random(seed: 17)
        let input = Matrix(rows: 5, columns: 4 * units, padding: 3, offset: 1, random: &random)
        let recurrent = Matrix(rows: 5, columns: 4 * units, padding: 1, random: &random)
        for isFirst in [true, false] {
            let before = Matrix(rows: 5, columns: units, padding: 2, random: &random)
            var cell = before
            var output = Matrix(rows: 5, columns: units, padding: 7)
            kernels.step(input: input, recurrent: isFirst ? nil : recurrent, cell: &cell, output: &output)
            #expect(cell.guardsAreIntact && output.guardsAreIntact)
            for row in 0..<5 {
                for unit in 0..<units {
                    let gates = (0..<4).map { gate in
                        let column = gate * units + unit
                        return Double(input[row, column]) + (isFirst ? 0 : Double(recurrent[row, column]))
                    }
                    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
                    let kept = isFirst ? 0 : sigmoid(gates[1]) * Double(before[row, unit])
                    let state = kept + sigmoid(gates[0]) * Foundation.tanh(gates[2])
                    #expect(abs(Double(cell[row, unit]) - state) < 5e-7)
                    #expect(abs(Double(output[row, unit]) - sigmoid(gates[3]) * Foundation.tanh(state)) < 5e-7)
                }
            }
        }
    }

    @Test(arguments: Kernels.all) func rectifiesLinearUnits(_ kernels: Kernels) {
        let x: [Float] = [-.infinity, -2, -1e-30, 0, 1e-30, 3, .infinity]
        #expect(kernels.activate(CK_ACTIVATION_RELU, x) == [0, 0, 0, 0, 1e-30, 3, .infinity])
        #expect(kernels.activate(CK_ACTIVATION_RELU, [.nan])[0].isNaN)
    }
}
