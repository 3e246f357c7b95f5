/// A fixed number of float32 rows of equal width that threads fill and read at the same time, each row by itself.
///
/// Its owner sees to it that a row is written by one thread at a time, and read only after that. Memory is touched as rows come
/// in: room that is never used costs nothing.
public final class RowStorage: @unchecked Sendable {
    public let rows: Int
    public let columns: Int
    private let storage: UnsafeMutablePointer<Float>

    public init(rows: Int, columns: Int) {
        precondition(rows >= 0 && columns >= 0)
        self.rows = rows
        self.columns = columns
        storage = KernelMemory.allocate(byteCount: rows * columns * 4).bindMemory(to: Float.self, capacity: rows * columns)
    }

    deinit { storage.deallocate() }

    private func buffer(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
        precondition(row >= 0 && row < rows, "a row outside the storage")
        return UnsafeMutableBufferPointer(start: storage + row * columns, count: columns)
    }

    /// Copies a row of `matrix` into `row`.
    public func store(_ row: Int, from matrix: borrowing Matrix, row source: Int) {
        precondition(matrix.columns == columns, "a row of another width")
        _ = buffer(row).update(fromContentsOf: matrix.buffer(source, column: 0, count: columns))
    }

    /// Copies `row` into a row of `matrix`.
    public func load(_ row: Int, into matrix: inout Matrix, row destination: Int) {
        precondition(matrix.columns == columns, "a row of another width")
        _ = matrix.mutableBuffer(destination, column: 0, count: columns).update(fromContentsOf: buffer(row))
    }

    /// Copies `row` into a row of `other`.
    public func copy(_ row: Int, to other: RowStorage, row destination: Int) {
        precondition(other.columns == columns, "a row of another width")
        _ = other.buffer(destination).update(fromContentsOf: buffer(row))
    }

    /// Lends one row.
    public func withRow<Result>(_ row: Int, _ body: (Span<Float>) throws -> Result) rethrows -> Result {
        try body(buffer(row).span)
    }

    /// Lends consecutive rows, one behind the other.
    func withElements<Result>(of range: Range<Int>, _ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows outside the storage")
        return try body(UnsafeBufferPointer(start: storage + range.lowerBound * columns, count: range.count * columns))
    }

    /// Lends one row to be written.
    public func withMutableRow<Result>(_ row: Int, _ body: (inout MutableSpan<Float>) throws -> Result) rethrows -> Result {
        var elements = buffer(row).mutableSpan
        return try body(&elements)
    }

    /// A copy of all rows, one behind the other.
    public func elements() -> [Float] { Array(UnsafeBufferPointer(start: storage, count: rows * columns)) }
}
