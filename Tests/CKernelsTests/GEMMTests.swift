import CKernels
import Testing

@Suite struct GEMMTests {
    @Test(arguments: Kernels.all)
    func agreesWithDoublePrecision(_ kernels: Kernels) {
        var random = Random(seed: 1)
        for n in [1, 3, 7, 31, 33, 100] {
            for k in [1, 3, 7, 31, 33, 100, 385] {
                let w = Matrix(rows: n, columns: k, padding: n % 3, random: &random)
                let bias = random.floats(n)
                let packed = kernels.pack([w])
                for m in [1, 2, 3, 5, 8, 13, 33] {
                    let a = Matrix(rows: m, columns: k, padding: k % 4, random: &random)
                    var c = Matrix(rows: m, columns: n, padding: m % 5, offset: n % 4)
                    kernels.multiply(a, packed: packed, bias: bias, into: &c)
                    #expect(c.guardsAreIntact, "\(m) × \(k) → \(n)")
                    #expect(largestExcess(of: c, a, w, bias) <= 0, "\(m) × \(k) → \(n)")
                }
            }
        }
    }

    /// How far the worst element is past what rounding each step of its chain may amount to.
    private func largestExcess(of c: Matrix, _ a: Matrix, _ w: Matrix, _ bias: [Float]) -> Double {
        var largest = -Double.infinity
        let wRows = (0..<w.rows).map { w[$0].map(Double.init) }
        for row in 0..<a.rows {
            let x = a[row].map(Double.init)
            for (column, y) in wRows.enumerated() {
                var sum = Double(bias[column])
                var magnitude = abs(sum)
                for i in 0..<x.count {
                    let product = x[i] * y[i]
                    sum += product
                    magnitude += abs(product)
                }
                let bound = Double(x.count + 1) * 0x1p-24 * magnitude
                let excess = abs(Double(c[row, column]) - sum) - bound
                largest = excess.isNaN ? .infinity : max(largest, excess)
            }
        }
        return largest
    }

    /// The contract to the bit: one chain over ascending k, however k is cut into blocks.
    @Test(arguments: Kernels.all, [1, 33, 767, 768, 769, 1000, 2000])
    func isOneChainInAscendingOrder(_ kernels: Kernels, _ k: Int) {
        var random = Random(seed: 2)
        let a = Matrix(rows: 3, columns: k, random: &random)
        let w = Matrix(rows: 35, columns: k, random: &random)
        let bias = random.floats(35)
        var c = Matrix(rows: 3, columns: 35)
        kernels.multiply(a, packed: kernels.pack([w]), bias: bias, into: &c)

        let wRows = (0..<35).map { w[$0] }
        for row in 0..<3 {
            let x = a[row]
            let chain = wRows.enumerated().map { column, y in
                var sum: Float = 0
                for i in 0..<k {
                    sum = kernels.isa == CK_ISA_PORTABLE ? sum + x[i] * y[i] : sum.addingProduct(x[i], y[i])
                }
                return sum + bias[column]
            }
            #expect(bits(c[row]) == bits(chain))
        }
    }

    /// A row is the same bits in every company: 1 to 130 rows, in any order, at any stride and alignment.
    @Test(
        arguments: Kernels.all,
        [
            (n: 100, k: 33, activation: CK_ACTIVATION_NONE),
            (n: 97, k: 769, activation: CK_ACTIVATION_GELU_ERF),
            (n: 33, k: 1000, activation: CK_ACTIVATION_GELU_TANH),
        ])
    func rowBitsDoNotDependOnTheBatch(_ kernels: Kernels, _ shape: (n: Int, k: Int, activation: ck_activation)) {
        var random = Random(seed: 3)
        let rows = (0..<130).map { _ in random.floats(shape.k) }
        let bias = random.floats(shape.n)
        let packed = kernels.pack([Matrix(rows: shape.n, columns: shape.k, random: &random)])

        func multiply(_ order: [Int], padding: Int, offset: Int) -> Matrix {
            var a = Matrix(rows: order.count, columns: shape.k, padding: padding, offset: offset)
            for (position, row) in order.enumerated() { a[position] = rows[row] }
            var c = Matrix(rows: order.count, columns: shape.n, padding: padding / 2, offset: 3 - offset)
            kernels.multiply(a, packed: packed, bias: bias, activation: shape.activation, into: &c)
            return c
        }

        let alone = rows.indices.map { bits(multiply([$0], padding: 0, offset: 0)[0]) }
        for m in 1...130 {
            let order = Array(rows.indices.shuffled(using: &random).prefix(m))
            let together = multiply(order, padding: m % 17, offset: m % 4)
            #expect(order.enumerated().allSatisfy { bits(together[$0.offset]) == alone[$0.element] }, "\(m) rows")
        }
    }

    @Test(arguments: Kernels.all, [CK_FORMAT_FLOAT32, CK_FORMAT_FLOAT16, CK_FORMAT_BFLOAT16])
    func severalWeightsMakeOneOperand(_ kernels: Kernels, _ format: ck_format) {
        var random = Random(seed: 4)
        let weights = [5, 64, 1, 40].map { Matrix(rows: $0, columns: 37, random: &random) }
        var whole = Matrix(rows: 110, columns: 37)
        for (row, values) in weights.flatMap({ w in (0..<w.rows).map { w[$0] } }).enumerated() { whole[row] = values }
        #expect(kernels.pack(weights, format: format) == kernels.pack([whole], format: format))
    }

    @Test(arguments: Kernels.all)
    func nothingToDoIsHarmless(_ kernels: Kernels) {
        var random = Random(seed: 5)
        let w = Matrix(rows: 40, columns: 7, random: &random)
        let a = Matrix(rows: 3, columns: 7, random: &random)
        var noRows = Matrix(rows: 0, columns: 40)
        kernels.multiply(a, packed: kernels.pack([w]), into: &noRows)
        #expect(noRows.guardsAreIntact)
        var noColumns = Matrix(rows: 3, columns: 0)
        kernels.multiply(a, packed: Kernels.Packed(), into: &noColumns)
        #expect(noColumns.guardsAreIntact)

        // Without a single step the chain is 0, and the bias is all there is.
        let bias = random.floats(40)
        var biasAlone = Matrix(rows: 3, columns: 40)
        kernels.multiply(Matrix(rows: 3, columns: 0), packed: Kernels.Packed(), bias: bias, into: &biasAlone)
        #expect((0..<3).allSatisfy { biasAlone[$0] == bias })
    }

    @Test(arguments: Kernels.all)
    func notANumberStaysInItsRowAndInfinityItself(_ kernels: Kernels) {
        var random = Random(seed: 6)
        var a = Matrix(rows: 9, columns: 40, random: &random)
        var spoiled = a[4]
        spoiled[39] = .nan
        a[4] = spoiled
        spoiled[39] = .infinity
        a[6] = spoiled
        var w = Matrix(rows: 33, columns: 40)
        for row in 0..<33 { w[row] = Array(repeating: 1, count: 40) }
        for activation in [CK_ACTIVATION_NONE, CK_ACTIVATION_GELU_ERF, CK_ACTIVATION_GELU_TANH] {
            var c = Matrix(rows: 9, columns: 33)
            kernels.multiply(a, packed: kernels.pack([w]), activation: activation, into: &c)
            for row in 0..<9 {
                #expect(c[row].allSatisfy { row == 4 ? $0.isNaN : row == 6 ? $0 == .infinity : $0.isFinite })
            }
        }
    }
}
