/// Float32 rows of equal width in one aligned allocation that grows and never shrinks: the scratch memory of a forward pass.
///
/// A matrix has one owner and is not copied by accident.
public struct Matrix: ~Copyable, @unchecked Sendable {
    public private(set) var rows: Int
    public let columns: Int
    private var capacity: Int
    private var storage: UnsafeMutablePointer<Float>

    /// A matrix of zeros.
    public init(rows: Int = 0, columns: Int) {
        precondition(rows >= 0 && columns >= 0)
        self.rows = rows
        self.columns = columns
        capacity = max(rows, 1)
        storage = Self.allocate(capacity * columns)
    }

    deinit { storage.deallocate() }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        let floats = KernelMemory.allocate(byteCount: count * 4).bindMemory(to: Float.self, capacity: count)
        floats.initialize(repeating: 0, count: count)
        return floats
    }

    /// Sets the number of rows. Their contents are whatever was there before; growing past the capacity loses them.
    public mutating func resize(rows: Int) {
        precondition(rows >= 0)
        if rows > capacity {
            storage.deallocate()
            capacity = max(rows, 2 * capacity)
            storage = Self.allocate(capacity * columns)
        }
        self.rows = rows
    }

    /// A copy of one row.
    public func row(_ row: Int) -> [Float] { Array(buffer(row, column: 0, count: columns)) }

    /// Lends one row.
    public func withRow<Result>(_ row: Int, _ body: (Span<Float>) throws -> Result) rethrows -> Result {
        try body(buffer(row, column: 0, count: columns).span)
    }

    /// A copy of all rows, one behind the other.
    public func elements() -> [Float] { Array(UnsafeBufferPointer(start: storage, count: rows * columns)) }

    /// Deals the columns of every row out to two matrices that together are as wide.
    public func split(into left: inout Matrix, and right: inout Matrix) {
        precondition(left.columns + right.columns == columns, "halves of other widths")
        left.resize(rows: rows)
        right.resize(rows: rows)
        for row in 0..<rows {
            _ = left.mutableBuffer(row, column: 0, count: left.columns)
                .update(fromContentsOf: buffer(row, column: 0, count: left.columns))
            _ = right.mutableBuffer(row, column: 0, count: right.columns)
                .update(fromContentsOf: buffer(row, column: left.columns, count: right.columns))
        }
    }

    public mutating func setRow(_ row: Int, to values: [Float]) {
        precondition(values.count == columns, "a row of another width")
        _ = mutableBuffer(row, column: 0, count: columns).update(fromContentsOf: values)
    }

    public mutating func copyRow(_ source: Int, of other: borrowing Matrix, to row: Int) {
        precondition(other.columns == columns, "a row of another width")
        copyRow(source, of: other, to: row, columns: 0..<columns)
    }

    /// Copies the same columns of a row of another matrix.
    public mutating func copyRow(_ source: Int, of other: borrowing Matrix, to row: Int, columns: Range<Int>) {
        _ = mutableBuffer(row, column: columns.lowerBound, count: columns.count)
            .update(fromContentsOf: other.buffer(source, column: columns.lowerBound, count: columns.count))
    }

    /// Widens row `source` of a mapped tensor into the columns from `column` on.
    public mutating func readRow(_ source: Int, of tensor: MappedTensor, to row: Int, column: Int = 0) {
        let width = tensor.rowWidth
        tensor.copyFloats(from: source * width, to: mutableBuffer(row, column: column, count: width))
    }

    /// The address of `count` neighbouring elements of a row, for kernels; rows are `columns` apart. The row behind the last
    /// may be named with a count of 0, so that an empty matrix has an address too.
    func pointer(row: Int = 0, column: Int = 0, count: Int = 0) -> UnsafePointer<Float> {
        precondition(row >= 0 && (row < rows || row == rows && count == 0), "a row outside the matrix")
        precondition(column >= 0 && count >= 0 && count <= columns - column, "columns outside the matrix")
        return UnsafePointer(storage + row * columns + column)
    }

    mutating func mutablePointer(row: Int = 0, column: Int = 0, count: Int = 0) -> UnsafeMutablePointer<Float> {
        UnsafeMutablePointer(mutating: pointer(row: row, column: column, count: count))
    }

    func buffer(_ row: Int, column: Int, count: Int) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(start: pointer(row: row, column: column, count: count), count: count)
    }

    mutating func mutableBuffer(_ row: Int, column: Int, count: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: mutablePointer(row: row, column: column, count: count), count: count)
    }
}
