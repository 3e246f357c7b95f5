/// Rows of floats with a stride, kept at a chosen misalignment, between guards that no kernel may touch.
struct Matrix {
    static let guardBits: UInt32 = 0x7FC0_DEAD

    let rows: Int
    let columns: Int
    let stride: Int
    /// Floats before the first row: shifts the alignment.
    let offset: Int
    var storage: [Float]

    init(rows: Int, columns: Int, padding: Int = 0, offset: Int = 0) {
        self.rows = rows
        self.columns = columns
        self.offset = offset
        stride = columns + padding
        storage = Array(repeating: Float(bitPattern: Self.guardBits), count: offset + rows * stride + 16)
    }

    init(rows: Int, columns: Int, padding: Int = 0, offset: Int = 0, random: inout Random) {
        self.init(rows: rows, columns: columns, padding: padding, offset: offset)
        for row in 0..<rows { self[row] = random.floats(columns) }
    }

    subscript(row: Int) -> [Float] {
        get { Array(storage[(offset + row * stride)..<(offset + row * stride + columns)]) }
        set { storage.replaceSubrange((offset + row * stride)..<(offset + row * stride + columns), with: newValue) }
    }

    subscript(row: Int, column: Int) -> Float { storage[offset + row * stride + column] }

    var guardsAreIntact: Bool {
        storage.indices.allSatisfy { index in
            let position = index - offset
            let isElement = position >= 0 && position < rows * stride && position % stride < columns
            return isElement || storage[index].bitPattern == Self.guardBits
        }
    }

    func withPointer<Result>(_ body: (UnsafePointer<Float>) throws -> Result) rethrows -> Result {
        try storage.withUnsafeBufferPointer { try body($0.baseAddress! + offset) }
    }

    mutating func withMutablePointer<Result>(_ body: (UnsafeMutablePointer<Float>) throws -> Result) rethrows -> Result {
        try storage.withUnsafeMutableBufferPointer { try body($0.baseAddress! + offset) }
    }
}

/// Bits rather than values: 0 differs from -0, and NaN equals itself.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
