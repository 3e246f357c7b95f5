import CKernels
import Testing

/// Operands of half-precision numbers.
@Suite struct WeightFormatTests {
    /// Numbers of every magnitude that float16 has, subnormal ones too, and a few that it has not.
    private func weights(rows: Int, columns: Int, random: inout Random) -> Matrix {
        var w = Matrix(rows: rows, columns: columns, padding: 3, offset: 1)
        for row in 0..<rows {
            w[row] = (0..<columns).map { _ in random.float() * Float(sign: .plus, exponent: Int(random.next() % 32) - 20, significand: 1) }
        }
        return w
    }

    private func rounded(_ w: Matrix, _ format: HalfFormat, _ kernels: Kernels) -> Matrix {
        var result = w
        for row in 0..<w.rows { result[row] = format.widen(kernels, format.narrow(kernels, w[row])) }
        return result
    }

    /// To the bit: what the float32 kernel gives on weights that were rounded before. All heights of tile, panels at once and
    /// alone, a last panel that is not full, one and several blocks of k.
    @Test(arguments: Kernels.all, [HalfFormat.f16, .bf16])
    func areFloat32WeightsThatWereRounded(_ kernels: Kernels, _ format: HalfFormat) {
        var random = Random(seed: 16)
        for (n, k) in [(1, 1), (7, 33), (150, 40), (100, 385), (33, 1000)] {
            let w = weights(rows: n, columns: k, random: &random)
            let half = kernels.pack([w], format: format.code)
            let wide = kernels.pack([rounded(w, format, kernels)])
            #expect(half.isFinite && wide.isFinite && 2 * half.bytes.count == wide.bytes.count)
            let bias = random.floats(n)
            for m in Array(1...14) + [30, 64, 67] {
                let a = Matrix(rows: m, columns: k, padding: 1, random: &random)
                var (c, expected) = (Matrix(rows: m, columns: n, padding: 2), Matrix(rows: m, columns: n, padding: 2))
                kernels.multiply(a, packed: half, bias: bias, activation: CK_ACTIVATION_GELU_ERF, into: &c)
                kernels.multiply(a, packed: wide, bias: bias, activation: CK_ACTIVATION_GELU_ERF, into: &expected)
                #expect(c.guardsAreIntact && bits(c.storage) == bits(expected.storage), "\(m) × \(k) → \(n)")
            }
        }
    }

    @Test(arguments: [HalfFormat.f16, .bf16])
    func instructionSetsAgree(_ format: HalfFormat) {
        var random = Random(seed: 17)
        let a = Matrix(rows: 21, columns: 500, random: &random)
        let w = weights(rows: 77, columns: 500, random: &random)
        let results = Kernels.fused.map { kernels in
            var c = Matrix(rows: 21, columns: 77)
            kernels.multiply(a, packed: kernels.pack([w], format: format.code), into: &c)
            return bits(c.storage)
        }
        #expect(Set(results).count <= 1)
    }

    /// Wherever the one number is; infinity and NaN have not been finite before.
    @Test(arguments: Kernels.all, [HalfFormat.f16, .bf16])
    func sayWhenANumberIsTooLarge(_ kernels: Kernels, _ format: HalfFormat) {
        // The largest number, and where rounding to it ends.
        let largest = format.value(format.infinity - 1)
        let tooLarge = format.fractionBits == 10 ? 65_520 : Float.greatestFiniteMagnitude
        for (row, column) in [(0, 0), (5, 36), (34, 3), (34, 16)] {
            for sign: Float in [1, -1] {
                var w = Matrix(rows: 35, columns: 37)
                func isFinite(_ x: Float) -> Bool {
                    w[row] = (0..<37).map { $0 == column ? sign * x : 1 }
                    for other in 0..<35 where other != row { w[other] = Array(repeating: -1, count: 37) }
                    return kernels.pack([w], format: format.code).isFinite
                }
                #expect(isFinite(largest))
                #expect(!isFinite(tooLarge))
                #expect(isFinite(.infinity))
                #expect(isFinite(.nan))
            }
        }
    }
}

extension HalfFormat {
    var code: ck_format { fractionBits == 10 ? CK_FORMAT_FLOAT16 : CK_FORMAT_BFLOAT16 }
}
