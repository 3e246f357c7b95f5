import Tensors

/// The plane that a table's rows spread widest in, and where they lie in it; the origin is their mean.
///
/// Its axes are those of the base's rows alone. New rows are few and would hardly turn them, but a little: this way a token has
/// the same place in every picture, whatever else is in it.
public struct PrincipalPlane: Sendable {
    public let axes: PrincipalAxes
    /// Of the valid rows, in the order of their ids.
    public let positions: [SIMD2<Float>]
    private let validRows: [Int32]
    private let projection: Linear

    fileprivate init(_ axes: PrincipalAxes, of table: BaseTable, pause: () -> Void) {
        var weight = Matrix(rows: 2, columns: table.dimension)
        for (row, direction) in axes.directions.enumerated() { weight.setRow(row, to: direction.map { Float($0) }) }
        let projection = Linear(weight: weight, bias: [0, 0])
        var positions: [SIMD2<Float>] = []
        var products = Matrix(columns: 2)
        table.forEachCentredBlock(pause: pause) { block, _ in
            projection.apply(to: block, output: &products)
            for row in 0..<products.rows { positions.append(products.withRow(row) { SIMD2($0[0], $0[1]) }) }
        }
        self.axes = axes
        self.positions = positions
        validRows = table.statistics.validRows
        self.projection = projection
    }

    /// Where a row of the table lies; nil for one that is not valid.
    public func position(of row: Int32) -> SIMD2<Float>? {
        var (low, high) = (0, validRows.count)
        while low < high {
            let middle = (low + high) / 2
            if validRows[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low < validRows.count && validRows[low] == row ? positions[low] : nil
    }

    fileprivate func positions(of centred: borrowing Matrix) -> [SIMD2<Float>] {
        var products = Matrix(columns: 2)
        projection.apply(to: centred, output: &products)
        return (0..<products.rows).map { row in products.withRow(row) { SIMD2($0[0], $0[1]) } }
    }
}

extension BaseTable {
    /// The plane of this table, computed when it is first asked for and kept.
    ///
    /// - Parameter pause: runs before every block of rows, and now and then.
    /// - Throws: `TrainingFreeError.noValidRows`, or `.noPrincipalAxes` when the numbers are too large for a covariance.
    public func principalPlane(pause: () -> Void) throws(TrainingFreeError) -> PrincipalPlane {
        if let plane = keptPlane.withLock({ $0 }) { return plane }
        guard !statistics.validRows.isEmpty else { throw .noValidRows(table: embeddings.key) }
        let axes = PrincipalAxes(of: covariance(pause: pause), pause: pause)
        guard axes.isFinite else { throw .noPrincipalAxes(table: embeddings.key) }
        let computed = PrincipalPlane(axes, of: self, pause: pause)
        return keptPlane.withLock { plane in
            // Whoever came between has found the same.
            if plane == nil { plane = computed }
            return plane ?? computed
        }
    }

    /// Where some rows of `rows` lie in the plane of this table's own.
    ///
    /// - Throws: what `principalPlane` throws.
    public func positions(
        of rows: RowStorage, only indices: [Int], pause: () -> Void
    ) throws(TrainingFreeError) -> [SIMD2<Float>] {
        precondition(rows.columns == dimension, "rows of another width")
        let plane = try principalPlane(pause: pause)
        let mean = statistics.moments.mean
        var centred = Matrix(rows: indices.count, columns: dimension)
        // Sums of numbers near the end of float32 would leave it on both sides, and be nothing at all.
        var scales: [Float] = []
        for (place, index) in indices.enumerated() {
            let difference = rows.withRow(index) { row in mean.indices.map { row[$0] - mean[$0] } }
            let largest = difference.map(\.magnitude).max() ?? 0
            scales.append(largest > 0x1p64 ? 0x1p64 : 1)
            centred.setRow(place, to: difference.map { $0 / scales[place] })
        }
        return zip(plane.positions(of: centred), scales).map { position, scale in
            let farthest = SIMD2(repeating: Float.greatestFiniteMagnitude)
            return (position * scale).clamped(lowerBound: -farthest, upperBound: farthest)
        }
    }
}
