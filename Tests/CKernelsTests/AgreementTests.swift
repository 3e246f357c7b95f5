import CKernels
import Testing

/// The sets with a fused multiply-add run the same operations in the same order, so a service may move between processors.
@Suite struct AgreementTests {
    @Test(arguments: [CK_ACTIVATION_NONE, CK_ACTIVATION_GELU_ERF, CK_ACTIVATION_GELU_TANH])
    func gemm(_ activation: ck_activation) {
        var random = Random(seed: 13)
        let a = Matrix(rows: 21, columns: 500, random: &random)
        let w = Matrix(rows: 77, columns: 500, random: &random)
        let bias = random.floats(77)
        let results = Kernels.fused.map { kernels in
            var c = Matrix(rows: 21, columns: 77)
            kernels.multiply(a, packed: kernels.pack([w]), bias: bias, activation: activation, into: &c)
            return bits(c.storage)
        }
        #expect(Set(results).count <= 1)
    }

    @Test(arguments: [1, 7, 33, 100, 768])
    func layerNorm(_ n: Int) {
        var random = Random(seed: 14)
        let x = Matrix(rows: 3, columns: n, random: &random)
        let (gamma, beta) = (random.floats(n), random.floats(n))
        let results = Kernels.fused.map { kernels in
            var y = Matrix(rows: 3, columns: n)
            kernels.normalize(x, residual: x, gamma: gamma, beta: beta, epsilon: 1e-6, into: &y)
            return bits(y.storage)
        }
        #expect(Set(results).count <= 1)
    }

    @Test(arguments: [1, 3, 16, 50])
    func attention(_ keys: Int) {
        var random = Random(seed: 15)
        let q = Matrix(rows: 4, columns: 3 * 40, random: &random)
        let k = Matrix(rows: keys, columns: 3 * 40, random: &random)
        let results = Kernels.fused.map { kernels in
            var out = Matrix(rows: 4, columns: 3 * 40)
            kernels.attend(queries: q, keys: k, values: k, heads: 3, scale: 0.158, into: &out)
            return bits(out.storage)
        }
        #expect(Set(results).count <= 1)
    }

    @Test(arguments: [1, 7, 100]) func lstmCell(_ units: Int) {
        var random = Random(seed: 18)
        let input = Matrix(rows: 3, columns: 4 * units, random: &random)
        let before = Matrix(rows: 3, columns: units, random: &random)
        let results = Kernels.fused.map { kernels in
            var (cell, output) = (before, before)
            kernels.step(input: input, recurrent: input, cell: &cell, output: &output)
            return bits(cell.storage) + bits(output.storage)
        }
        #expect(Set(results).count <= 1)
    }
}
