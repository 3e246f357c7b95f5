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

/// Float64 rows of equal width, one behind the other, that are worked on in place.
struct DoubleRows: Sendable {
    let columns: Int
    private(set) var elements: [Double]

    init(_ elements: [Double], columns: Int) {
        precondition(columns > 0 ? elements.count % columns == 0 : elements.isEmpty, "elements that do not fill the rows")
        self.columns = columns
        self.elements = elements
    }

    static func identity(_ size: Int) -> DoubleRows {
        var rows = DoubleRows(Array(repeating: 0, count: size * size), columns: size)
        for index in 0..<size { rows.elements[index * size + index] = 1 }
        return rows
    }

    func row(_ index: Int) -> [Double] { Array(elements[index * columns..<(index + 1) * columns]) }

    subscript(row: Int, column: Int) -> Double { elements[row * columns + column] }

    func withRow<Result>(_ row: Int, from column: Int = 0, _ body: (UnsafeBufferPointer<Double>) -> Result) -> Result {
        elements.withUnsafeBufferPointer {
            body(UnsafeBufferPointer(rebasing: $0[row * columns + column..<(row + 1) * columns]))
        }
    }

    mutating func withMutableRow(_ row: Int, from column: Int = 0, _ body: (UnsafeMutableBufferPointer<Double>) -> Void) {
        let range = row * columns + column..<(row + 1) * columns
        elements.withUnsafeMutableBufferPointer { body(UnsafeMutableBufferPointer(rebasing: $0[range])) }
    }

    func product(_ a: Int, _ b: Int) -> Double {
        withRow(a) { x in withRow(b) { y in DoubleVectors.product(x, y) } }
    }

    mutating func rotate(_ a: Int, _ b: Int, cosine: Double, sine: Double) {
        precondition(a != b, "a row with itself")
        let (first, second) = (a * columns..<(a + 1) * columns, b * columns..<(b + 1) * columns)
        elements.withUnsafeMutableBufferPointer {
            DoubleVectors.rotate(
                UnsafeMutableBufferPointer(rebasing: $0[first]), UnsafeMutableBufferPointer(rebasing: $0[second]),
                cosine: cosine, sine: sine)
        }
    }
}
