import Foundation
import Tensors
import Testing

@Suite struct LinearTests {
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

    private func biasFile() throws -> String {
        var writer = SafetensorsWriter()
        writer.add("bias", shape: [6], elements: [1, 2, 3, 4, 5, 6])
        let path = temporaryPath()
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: path))
        return path
    }
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
