/// Sums and rotations of float64 vectors, for decompositions that float32 is too coarse for.
enum DoubleVectors {
    /// The inner product, in eight sums that are added up at the end.
    static func product(_ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>) -> Double {
        precondition(x.count == y.count, "vectors of different lengths")
        var sums = SIMD8<Double>.zero
        let (a, b) = (UnsafeRawBufferPointer(x), UnsafeRawBufferPointer(y))
        let whole = x.count / 8 * 8
        for index in stride(from: 0, to: whole, by: 8) {
            sums += a.loadUnaligned(fromByteOffset: index * 8, as: SIMD8<Double>.self)
                * b.loadUnaligned(fromByteOffset: index * 8, as: SIMD8<Double>.self)
        }
        var sum = sums.sum()
        for index in whole..<x.count { sum += x[index] * y[index] }
        return sum
    }

    /// y += factor · x
    static func add(_ factor: Double, _ x: UnsafeBufferPointer<Double>, to y: UnsafeMutableBufferPointer<Double>) {
        precondition(x.count == y.count, "vectors of different lengths")
        for index in x.indices { y[index] += factor * x[index] }
    }

    /// (x, y) becomes (cosine · x − sine · y, sine · x + cosine · y).
    static func rotate(
        _ x: UnsafeMutableBufferPointer<Double>, _ y: UnsafeMutableBufferPointer<Double>, cosine: Double, sine: Double
    ) {
        precondition(x.count == y.count, "vectors of different lengths")
        for index in x.indices {
            let (a, b) = (x[index], y[index])
            x[index] = cosine * a - sine * b
            y[index] = sine * a + cosine * b
        }
    }
}
