import Tensors

/// Rows of a table on their way through the matrix kernel, some at a time.
enum RowBlocks {
    /// Enough for the kernel to run at full speed, few enough for a cache.
    static let rows = 512

    /// Lends the rows of `ids`, a block at a time, with their positions in `ids`.
    ///
    /// - Parameters:
    ///   - read: puts the row of an id into a row of the block.
    ///   - pause: runs before every block.
    static func forEach(
        of ids: [Int32], columns: Int, read: (_ id: Int, _ block: inout Matrix, _ row: Int) -> Void, pause: () -> Void,
        _ body: (inout Matrix, Range<Int>) -> Void
    ) {
        var block = Matrix(columns: columns)
        for first in stride(from: 0, to: ids.count, by: rows) {
            pause()
            let positions = first..<min(first + rows, ids.count)
            block.resize(rows: positions.count)
            for (row, position) in positions.enumerated() { read(Int(ids[position]), &block, row) }
            body(&block, positions)
        }
    }

    /// The same of the rows of a mapped table.
    static func forEach(
        of ids: [Int32], in table: MappedTensor, pause: () -> Void, _ body: (inout Matrix, Range<Int>) -> Void
    ) {
        forEach(
            of: ids, columns: table.rowWidth, read: { id, block, row in block.readRow(id, of: table, to: row) }, pause: pause, body)
    }
}
