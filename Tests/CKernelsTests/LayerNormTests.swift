import CKernels
import Testing

@Suite struct LayerNormTests {
    private static let epsilon: Float = 1e-5

    private static func exact(_ x: [Float], _ residual: [Float]?, _ gamma: [Float], _ beta: [Float]) -> [Double] {
        let s = x.indices.map { Double(x[$0]) + Double(residual?[$0] ?? 0) }
        let mean = s.reduce(0, +) / Double(s.count)
        let variance = s.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(s.count)
        let scale = 1 / (variance + Double(epsilon)).squareRoot()
        return s.indices.map { (s[$0] - mean) * scale * Double(gamma[$0]) + Double(beta[$0]) }
    }

    private static func largestError(_ y: [Float], _ exact: [Double]) -> Double {
        zip(y, exact).map { abs(Double($0) - $1) }.reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
    }

    @Test(arguments: Kernels.all, [2, 3, 7, 31, 32, 33, 64, 100, 385, 768, 4096])
    func agreesWithDoublePrecision(_ kernels: Kernels, _ n: Int) {
        var random = Random(seed: UInt64(n))
        let x = Matrix(rows: 3, columns: n, padding: 5, offset: 1, random: &random)
        let residual = Matrix(rows: 3, columns: n, padding: 2, offset: 2, random: &random)
        let (gamma, beta) = (random.floats(n), random.floats(n))
        for residual in [residual, nil] {
            var y = Matrix(rows: 3, columns: n, padding: 3, offset: 3)
            kernels.normalize(x, residual: residual, gamma: gamma, beta: beta, epsilon: Self.epsilon, into: &y)
            #expect(y.guardsAreIntact)
            for row in 0..<3 {
                #expect(Self.largestError(y[row], Self.exact(x[row], residual?[row], gamma, beta)) < 2e-6)
            }
        }
    }

    @Test(arguments: Kernels.all)
    func aLargeMeanCostsNoMoreThanItsOwnRounding(_ kernels: Kernels) {
        var random = Random(seed: 7)
        var x = Matrix(rows: 1, columns: 768)
        x[0] = random.floats(768).map { $0 + 1000 }
        let (gamma, beta) = (random.floats(768), random.floats(768))
        var y = Matrix(rows: 1, columns: 768)
        kernels.normalize(x, residual: nil, gamma: gamma, beta: beta, epsilon: Self.epsilon, into: &y)
        #expect(Self.largestError(y[0], Self.exact(x[0], nil, gamma, beta)) < 5e-4)
    }

    @Test(arguments: Kernels.all)
    func oneColumnIsBeta(_ kernels: Kernels) {
        var x = Matrix(rows: 1, columns: 1)
        x[0] = [3]
        var y = Matrix(rows: 1, columns: 1)
        kernels.normalize(x, residual: nil, gamma: [2], beta: [0.5], epsilon: Self.epsilon, into: &y)
        #expect(y[0] == [0.5])
    }

    @Test(arguments: Kernels.all)
    func mayReplaceItsInputsAndRowsDoNotMeet(_ kernels: Kernels) {
        var random = Random(seed: 8)
        let x = Matrix(rows: 7, columns: 100, random: &random)
        let residual = Matrix(rows: 7, columns: 100, random: &random)
        let (gamma, beta) = (random.floats(100), random.floats(100))
        var y = Matrix(rows: 7, columns: 100)
        kernels.normalize(x, residual: residual, gamma: gamma, beta: beta, epsilon: Self.epsilon, into: &y)

        var (overX, overResidual) = (x, residual)
        overX.withMutablePointer { p in
            residual.withPointer { kernels.set.pointee.layer_norm(7, 100, p, 100, $0, 100, gamma, beta, Self.epsilon, p, 100) }
        }
        overResidual.withMutablePointer { p in
            x.withPointer { kernels.set.pointee.layer_norm(7, 100, $0, 100, p, 100, gamma, beta, Self.epsilon, p, 100) }
        }
        for row in 0..<7 {
            #expect(bits(overX[row]) == bits(y[row]))
            #expect(bits(overResidual[row]) == bits(y[row]))

            var alone = Matrix(rows: 1, columns: 100, offset: 1)
            alone[0] = x[row]
            var aloneResidual = Matrix(rows: 1, columns: 100, offset: 3)
            aloneResidual[0] = residual[row]
            var aloneY = Matrix(rows: 1, columns: 100, offset: 2)
            kernels.normalize(alone, residual: aloneResidual, gamma: gamma, beta: beta, epsilon: Self.epsilon, into: &aloneY)
            #expect(bits(aloneY[0]) == bits(y[row]))
        }
    }

    @Test(arguments: Kernels.all)
    func notANumberSpoilsItsRowAlone(_ kernels: Kernels) {
        var x = Matrix(rows: 2, columns: 40)
        x[0] = Array(repeating: 1, count: 39) + [.nan]
        x[1] = (0..<40).map(Float.init)
        var y = Matrix(rows: 2, columns: 40)
        let ones = Array(repeating: Float(1), count: 40)
        kernels.normalize(x, residual: nil, gamma: ones, beta: ones, epsilon: Self.epsilon, into: &y)
        #expect(y[0].allSatisfy { $0.isNaN })
        #expect(y[1].allSatisfy { $0.isFinite })
    }
}
