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
