import CKernels
import Foundation
import Testing

@Suite struct AttentionTests {
    private static func exact(_ q: [Float], _ k: [[Float]], _ v: [[Float]], heads: Int, scale: Float) -> [Double] {
        let headDim = q.count / heads
        return (0..<heads).flatMap { head in
            let columns = (head * headDim)..<((head + 1) * headDim)
            let scores = k.map { key in columns.reduce(0.0) { $0 + Double(q[$1]) * Double(key[$1]) } * Double(scale) }
            let weights = scores.map { exp($0 - scores.max()!) }
            let total = weights.reduce(0, +)
            return columns.map { column in zip(weights, v).reduce(0.0) { $0 + $1.0 * Double($1.1[column]) } / total }
        }
    }

    @Test(
        arguments: Kernels.all,
        [
            (keys: 1, heads: 1, headDim: 1), (keys: 2, heads: 3, headDim: 5), (keys: 3, heads: 12, headDim: 64),
            (keys: 7, heads: 2, headDim: 31), (keys: 16, heads: 6, headDim: 64), (keys: 33, heads: 2, headDim: 33),
            (keys: 100, heads: 1, headDim: 100),
        ])
    func agreesWithDoublePrecision(_ kernels: Kernels, _ shape: (keys: Int, heads: Int, headDim: Int)) {
        var random = Random(seed: UInt64(shape.keys))
        let columns = shape.heads * shape.headDim
        let q = Matrix(rows: 3, columns: columns, padding: 3, offset: 1, random: &random)
        let k = Matrix(rows: shape.keys, columns: columns, padding: 1, offset: 2, random: &random)
        let v = Matrix(rows: shape.keys, columns: columns, padding: 2, offset: 3, random: &random)
        let scale = 1 / Float(shape.headDim).squareRoot()
        var out = Matrix(rows: 3, columns: columns, padding: 4, offset: 1)
        kernels.attend(queries: q, keys: k, values: v, heads: shape.heads, scale: scale, into: &out)
        #expect(out.guardsAreIntact)

        let (keyRows, valueRows) = ((0..<shape.keys).map { k[$0] }, (0..<shape.keys).map { v[$0] })
        for row in 0..<3 {
            let exact = Self.exact(q[row], keyRows, valueRows, heads: shape.heads, scale: scale)
            #expect(zip(out[row], exact).allSatisfy { abs(Double($0) - $1) < 1e-6 })

            var query = Matrix(rows: 1, columns: columns)
            query[0] = q[row]
            var alone = Matrix(rows: 1, columns: columns)
            kernels.attend(queries: query, keys: k, values: v, heads: shape.heads, scale: scale, into: &alone)
            #expect(bits(alone[0]) == bits(out[row]))
        }
    }

    @Test(arguments: Kernels.all)
    func scoresTooLargeForExponentialsAreNoMatter(_ kernels: Kernels) {
        var (q, out) = (Matrix(rows: 1, columns: 1), Matrix(rows: 1, columns: 1))
        var (k, v) = (Matrix(rows: 3, columns: 1), Matrix(rows: 3, columns: 1))
        q[0] = [1]
        for (row, score) in [Float(1e6), -1e6, 1e6].enumerated() { k[row] = [score] }
        for (row, value) in [Float(1), 100, 2].enumerated() { v[row] = [value] }
        kernels.attend(queries: q, keys: k, values: v, heads: 1, scale: 1, into: &out)
        #expect(out[0] == [1.5])
    }

    @Test(arguments: Kernels.all)
    func notANumberInAKeyShows(_ kernels: Kernels) {
        var random = Random(seed: 9)
        let q = Matrix(rows: 1, columns: 8, random: &random)
        var k = Matrix(rows: 3, columns: 8, random: &random)
        k[1] = [.nan] + k[1].dropFirst()
        let v = Matrix(rows: 3, columns: 8, random: &random)
        var out = Matrix(rows: 1, columns: 8)
        kernels.attend(queries: q, keys: k, values: v, heads: 2, scale: 1, into: &out)
        #expect(out[0].map(\.isNaN) == [true, true, true, true, false, false, false, false])
    }

    @Test(arguments: Kernels.all)
    func withoutKeysThereIsNothing(_ kernels: Kernels) {
        var random = Random(seed: 10)
        let q = Matrix(rows: 2, columns: 6, random: &random)
        var out = Matrix(rows: 2, columns: 6)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 1) { none in
            let none = none.baseAddress!
            out.withMutablePointer { out in
                q.withPointer { kernels.set.pointee.attention(2, 0, 2, 3, 1, $0, 6, none, 6, none, 6, none, out, 6) }
            }
        }
        #expect(out[0] + out[1] == Array(repeating: 0, count: 12))
    }
}
