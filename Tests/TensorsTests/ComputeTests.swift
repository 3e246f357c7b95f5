import Foundation
import Tensors
import Testing

@Suite struct LinearTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func multipliesAndActivates() {
        let layer = Linear(weight: [1, 2, 3, -1, 0, 1], bias: [0.5, -4], inputs: 3)
        var input = Matrix(rows: 2, columns: 3)
        input.setRow(0, to: [1, 10, 100])
        input.setRow(1, to: [0, 0, 1])
        var output = Matrix(columns: 2)
        layer.apply(to: input, output: &output)
        #expect(output.elements() == [321.5, 95, 3.5, -3])

        let active = Linear(weight: [1, 2, 3, -1, 0, 1], bias: [0.5, -4], inputs: 3, activation: .gelu)
        active.apply(to: input, output: &output)
        for (found, x) in zip(output.elements(), [321.5, 95, 3.5, -3.0]) {
            #expect(abs(Double(found) - x * 0.5 * (1 + erf(x / 2.0.squareRoot()))) < 1e-5)
        }
    }

    /// A layer stacked from two parts gives what the parts give, bit for bit, also where the first ends inside a panel.
    @Test func stacksParts() throws {
        let checkpoint = try Checkpoint(folder: fixture("safetensors/sharded"))
        let weight = try #require(checkpoint["model.embed_tokens.weight"])
        let other = try #require(checkpoint["lm_head.weight"])
        let single = try SafetensorsFile(path: try biasFile())
        let bias = try #require(single["bias"])
        let stacked = try Linear([(weight, bias), (other, bias)], inputs: 4)
        var input = Matrix(rows: 3, columns: 4)
        for row in 0..<3 { input.setRow(row, to: (0..<4).map { Float(sin(Double(row * 4 + $0))) }) }
        var together = Matrix(columns: 12)
        stacked.apply(to: input, output: &together)
        for (part, tensor) in [weight, other].enumerated() {
            var alone = Matrix(columns: 6)
            try Linear([(tensor, bias)], inputs: 4).apply(to: input, output: &alone)
            for row in 0..<3 { #expect(Array(together.row(row)[part * 6..<part * 6 + 6]) == alone.row(row)) }
        }
    }

    /// 16-bit weights take half the bytes and give the bits of float32 weights that were rounded before.
    @Test func keepsWeightsInHalfTheBytes() {
        let weight = (0..<70 * 33).map { Float(sin(Double($0))) }
        let bias = (0..<70).map { Float($0) }
        var input = Matrix(rows: 5, columns: 33)
        for row in 0..<5 { input.setRow(row, to: (0..<33).map { Float(cos(Double(row * 33 + $0))) }) }
        let wide = Linear(weight: weight, bias: bias, inputs: 33)
        for (format, round) in [
            (FloatFormat.float16, { Float(Float16($0)) }), (.bfloat16, { roundToBFloat16($0) }),
        ] as [(FloatFormat, (Float) -> Float)] {
            let half = Linear(weight: weight, bias: bias, inputs: 33, format: format)
            #expect(2 * half.packedByteCount == wide.packedByteCount)
            var found = Matrix(columns: 70)
            var expected = Matrix(columns: 70)
            half.apply(to: input, output: &found)
            Linear(weight: weight.map(round), bias: bias, inputs: 33).apply(to: input, output: &expected)
            #expect(found.elements() == expected.elements())
        }
    }

    /// More rows than a strip has, from a file: what a layer from memory gives.
    @Test(arguments: FloatFormat.allCases) func packsFilesStripByStrip(_ format: FloatFormat) throws {
        let weight = (0..<200 * 5).map { Float(sin(Double($0))) }
        let bias = (0..<200).map { Float($0) }
        let file = try write(["weight": ([200, 5], weight), "bias": ([200], bias)])
        let layer = try Linear(
            [(#require(file["weight"]), #require(file["bias"]))], inputs: 5, format: format)
        var input = Matrix(rows: 2, columns: 5)
        for row in 0..<2 { input.setRow(row, to: [1, 2, -3, 4, Float(row)]) }
        var found = Matrix(columns: 200)
        var expected = Matrix(columns: 200)
        layer.apply(to: input, output: &found)
        Linear(weight: weight, bias: bias, inputs: 5, format: format).apply(to: input, output: &expected)
        #expect(found.elements() == expected.elements())
    }

    @Test func namesTheTensorThatOverflows() throws {
        let file = try write(["weight": ([2, 3], [1, 2, 3, 4, 5, -65_520]), "bias": ([2], [0, 0])])
        let part = (weight: try #require(file["weight"]), bias: try #require(file["bias"]))
        #expect(throws: TensorFileError.overflow(key: "weight", file: file.path, format: .float16)) {
            _ = try Linear([part], inputs: 3, format: .float16)
        }
        #expect(throws: TensorFileError.overflow(key: "weight", file: file.path, format: .float16)) {
            _ = try Linear(transposing: part.weight, format: .float16)
        }
        for format in [FloatFormat.float32, .bfloat16] { _ = try Linear([part], inputs: 3, format: format) }
    }

    /// x W for some rows of W, by the sum that defines it; whole numbers this small are exact in every format and order.
    @Test(arguments: FloatFormat.allCases) func goesBackThroughRowsOfALayer(_ format: FloatFormat) throws {
        let (outputs, inputs, rows) = (9, 70, 3..<8)
        let elements = (0..<outputs * inputs).map { Float($0 * 7 % 15 - 7) }
        let weight = try #require(try write(["weight": ([outputs, inputs], elements)])["weight"])
        let layer = try Linear(transposing: weight.rows(rows), format: format)
        var input = Matrix(rows: 2, columns: rows.count)
        for row in 0..<2 { input.setRow(row, to: [1, -2, 3, Float(row), 5]) }
        var found = Matrix(columns: inputs)
        layer.apply(to: input, output: &found)
        for row in 0..<2 {
            let x = input.row(row)
            #expect(found.row(row) == (0..<inputs).map { column in
                zip(rows, x).reduce(0) { $0 + elements[$1.0 * inputs + column] * $1.1 }
            })
        }
    }

    /// Columns around those that a layer reads and writes change nothing and stay as they are.
    @Test func readsAndWritesSomeColumns() {
        let layer = Linear(weight: [1, 2, 3, -1, 0, 1], bias: [0.5, -4], inputs: 3)
        var input = Matrix(rows: 2, columns: 5)
        input.setRow(0, to: [.nan, 1, 10, 100, .nan])
        input.setRow(1, to: [.nan, 0, 0, 1, .nan])
        var output = Matrix(rows: 2, columns: 4)
        for row in 0..<2 { output.setRow(row, to: [7, 8, 9, 10]) }
        layer.apply(to: input, inputColumn: 1, output: &output, outputColumn: 1)
        #expect(output.elements() == [7, 321.5, 95, 10, 7, 3.5, -3, 10])
    }

    private func biasFile() throws -> String {
        try write(["bias": ([6], [1, 2, 3, 4, 5, 6])]).path
    }

    private func write(_ tensors: [String: (shape: [Int], elements: [Float])]) throws -> SafetensorsFile {
        var writer = SafetensorsWriter()
        for (key, tensor) in tensors { writer.add(key, shape: tensor.shape, elements: tensor.elements) }
        let path = scratch.newPath()
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: path))
        return try SafetensorsFile(path: path)
    }
}

/// To the nearest, ties to even.
private func roundToBFloat16(_ x: Float) -> Float {
    let bits = x.bitPattern
    return Float(bitPattern: (bits + 0x7FFF + (bits >> 16) & 1) & 0xFFFF_0000)
}

@Suite struct MatrixTests {
    @Test func growsAndSplits() {
        var matrix = Matrix(columns: 3)
        matrix.resize(rows: 2)
        matrix.setRow(0, to: [1, 2, 3])
        matrix.setRow(1, to: [4, 5, 6])
        matrix.add([10, 20, 30], toRow: 1)
        var left = Matrix(columns: 1)
        var right = Matrix(columns: 2)
        matrix.split(into: &left, and: &right)
        #expect(left.elements() == [1, 14] && right.elements() == [2, 3, 25, 36])
        var copy = Matrix(rows: 1, columns: 3)
        copy.copyRow(1, of: matrix, to: 0)
        #expect(copy.row(0) == [14, 25, 36])
        Affine(weight: [2, 2, 2], bias: [1, 0, -1]).apply(to: &copy)
        #expect(copy.row(0) == [29, 50, 71])
    }
}

@Suite struct SymmetricMatrixTests {
    /// X is 3 × 2, by hand: XᵀX = [[35, 44], [44, 56]], whose factor is [[√35, 0], [44/√35, √(56 − 44²/35)]].
    @Test func factorsByHand() throws {
        var block = Matrix(rows: 3, columns: 2)
        for (row, values) in [[1, 2], [3, 4], [5, 6] as [Float]].enumerated() { block.setRow(row, to: values) }
        var gram = SymmetricMatrix(size: 2)
        gram.addGram(of: block)
        #expect(gram.meanDiagonal == 45.5)
        let factor = gram.choleskyFactor(ridge: 0)?.elements() ?? []
        let expected: [Float] = [5.91608, 0, 7.437357, 0.828079]
        #expect(zip(factor, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(factor.count == 4)
        gram.scale(by: 2)
        #expect(gram.meanDiagonal == 91)
    }

    /// L Lᵀ gives back the mean of x xᵀ over all rows that were added, however they were dealt out to blocks, at sizes around
    /// the width of a panel.
    @Test(arguments: [1, 2, 63, 64, 65, 150]) func theFactorsProductIsTheMatrix(size: Int) throws {
        let rows = (0..<2 * size + 3).map { _ in (0..<size).map { _ in Float.random(in: -1...1) } }
        var gram = SymmetricMatrix(size: size)
        for slice in [rows[..<5], rows[5...]] {
            var block = Matrix(rows: slice.count, columns: size)
            for (row, values) in slice.enumerated() { block.setRow(row, to: values) }
            gram.addGram(of: block)
        }
        gram.scale(by: 1 / Float(rows.count))
        let factor = gram.choleskyFactor(ridge: 0.01)?.elements() ?? []
        #expect(factor.count == size * size)
        guard factor.count == size * size else { return }
        for i in 0..<size {
            #expect((i + 1..<size).allSatisfy { factor[i * size + $0] == 0 })
            for j in 0...i {
                var product = 0.0
                for k in 0...j { product += Double(factor[i * size + k]) * Double(factor[j * size + k]) }
                var expected = i == j ? 0.01 : 0
                for row in rows { expected += Double(row[i]) * Double(row[j]) / Double(rows.count) }
                #expect(abs(product - expected) < 2e-6)
            }
        }
    }

    @Test func whatIsNotPositiveDefiniteHasNoFactor() {
        var block = Matrix(rows: 1, columns: 2)
        block.setRow(0, to: [1, 1])
        var gram = SymmetricMatrix(size: 2)
        gram.addGram(of: block)
        #expect(gram.choleskyFactor(ridge: 0)?.rows == nil)
        #expect(gram.choleskyFactor(ridge: 1e-3)?.rows == 2)
        gram.scale(by: .nan)
        #expect(gram.choleskyFactor(ridge: 1)?.rows == nil)
        #expect(gram.leadingEigenpairs(1).allSatisfy { !$0.value.isFinite })
    }

    /// [[2, 1], [1, 2]] has the eigenvalues 3 along (1, 1) and 1 along (1, -1), and no other directions.
    @Test func eigenpairsByHand() {
        var block = Matrix(rows: 2, columns: 2)
        block.setRow(0, to: [Float(2).squareRoot(), Float(0.5).squareRoot()])
        block.setRow(1, to: [0, Float(1.5).squareRoot()])
        var gram = SymmetricMatrix(size: 2)
        gram.addGram(of: block)
        let pairs = gram.leadingEigenpairs(3)
        let half = 0.5.squareRoot()
        for (pair, expected) in zip(pairs, [(3, [half, half]), (1, [half, -half])] as [(Double, [Double])]) {
            #expect(abs(pair.value - expected.0) < 1e-6)
            #expect(zip(pair.vector, expected.1).allSatisfy { abs(abs($0) - abs($1)) < 1e-6 })
        }
        #expect(pairs[0].vector.allSatisfy { $0 > 0 })
        #expect(pairs[2].vector == [0, 0] && pairs[2].value == 0)
    }

    /// A v = λ v and vᵀ w = 0, also for a matrix whose two largest eigenvalues are equal, and for one of zeros.
    @Test(arguments: [1, 7, 8, 9, 100]) func eigenpairsHoldForTheMatrix(size: Int) {
        var block = Matrix(rows: size, columns: size)
        for row in 0..<size {
            // Orthogonal rows, the first two of the same length.
            block.setRow(row, to: (0..<size).map { $0 == row ? row < 2 ? 9 : 8 / Float(row) : 0 })
        }
        var gram = SymmetricMatrix(size: size)
        #expect(gram.leadingEigenpairs(1)[0].value == 0)
        gram.addGram(of: block)
        let pairs = gram.leadingEigenpairs(4)
        let expected = (0..<size).map { $0 < 2 ? 81 : 64 / Double($0 * $0) } + [0, 0, 0, 0]
        for (place, pair) in pairs.enumerated() {
            #expect(abs(pair.value - expected[place]) < 1e-5)
            for other in pairs[..<place] { #expect(abs(zip(pair.vector, other.vector).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-9) }
        }
        if size > 1 { #expect(pairs[0].vector[2...].allSatisfy { abs($0) < 1e-9 }) }
    }
}

@Suite struct SharedRowsTests {
    @Test func keepsTheFirstRowUntilItIsFull() {
        let shared = SharedRows(ids: 4, columns: 2, capacity: 2)
        var matrix = Matrix(rows: 1, columns: 2)
        #expect(!shared.load(3, into: &matrix, row: 0))
        for id in [3, 1, 2] {
            matrix.setRow(0, to: [Float(id), Float(10 * id)])
            shared.store(id, from: matrix, row: 0)
        }
        matrix.setRow(0, to: [7, 7])
        shared.store(3, from: matrix, row: 0)
        #expect(shared.load(3, into: &matrix, row: 0) && matrix.row(0) == [3, 30])
        #expect(shared.load(1, into: &matrix, row: 0) && matrix.row(0) == [1, 10])
        #expect(!shared.load(2, into: &matrix, row: 0))
        #expect(shared.count == 2)
    }

    /// Many threads store and load at once: nobody ever sees a row that is half written or another id's.
    @Test func threadsSeeWholeRowsOnly() {
        let ids = 2_000
        let columns = 64
        let shared = SharedRows(ids: ids, columns: columns, capacity: 1_500)
        let torn = LockedCount()
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            var matrix = Matrix(rows: 1, columns: columns)
            for step in 0..<20_000 {
                let id = (step * 7 + thread * 31) % ids
                if shared.load(id, into: &matrix, row: 0) {
                    if matrix.row(0) != [Float](repeating: Float(id), count: columns) { torn.increment() }
                } else {
                    matrix.setRow(0, to: [Float](repeating: Float(id), count: columns))
                    shared.store(id, from: matrix, row: 0)
                }
            }
        }
        #expect(torn.value == 0)
        #expect(shared.count == 1_500)
    }
}

private final class LockedCount: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    var value: Int { lock.withLock { count } }
    func increment() { lock.withLock { count += 1 } }
}
