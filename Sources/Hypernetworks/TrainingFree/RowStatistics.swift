import Tensors

/// What is known of a table's rows. "Valid" are rows that stand for a token, are finite and not all zeros.
public struct RowStatistics: Sendable {
    /// Every row's Euclidean norm, valid or not.
    let norms: [Double]
    public let validRows: [Int32]
    /// The norms of the valid rows, ascending.
    let sortedNorms: [Double]
    /// Mean norm of the valid rows, 0 when there are none.
    public let meanNorm: Double
    /// Of each dimension over the valid rows.
    public let moments: Moments

    init(_ table: MappedTensor, isValid: (Int) -> Bool) {
        var row = Matrix(rows: 1, columns: table.rowWidth)
        norms = (0..<table.rowCount).map { id in
            row.readRow(id, of: table, to: 0)
            return row.withRow(0, Self.norm)
        }
        let norms = norms
        let valid = norms.indices.filter { norms[$0].isFinite && norms[$0] > 0 && isValid($0) }.map { Int32($0) }
        validRows = valid
        sortedNorms = valid.map { norms[Int($0)] }.sorted()
        meanNorm = valid.isEmpty ? 0 : sortedNorms.reduce(0, +) / Double(valid.count)
        moments = Moments(of: table, rows: valid)
    }

    /// The Euclidean norm, summed in float64.
    static func norm(_ row: Span<Float>) -> Double {
        var sum = 0.0
        for index in row.indices { sum += Double(row[index]) * Double(row[index]) }
        return sum.squareRoot()
    }

    /// 1 / `norm`, or 0 for a vector without a direction.
    static func inverse(_ norm: Double) -> Float { norm == 0 ? 0 : Float(1 / norm) }

    /// The norm that the share `q` of the valid rows is below, interpolated linearly between neighbours; 0 when there are none.
    public func normQuantile(_ q: Double) -> Double {
        guard let last = sortedNorms.indices.last else { return 0 }
        let position = min(max(q, 0), 1) * Double(last)
        let lower = Int(position)
        let upper = min(lower + 1, last)
        return sortedNorms[lower] + (position - Double(lower)) * (sortedNorms[upper] - sortedNorms[lower])
    }

    /// The share of the valid rows whose norm is at most `norm`, of 100; 0 when there are none.
    public func normPercentile(_ norm: Double) -> Double {
        var low = 0
        var high = sortedNorms.count
        while low < high {
            let middle = (low + high) / 2
            if sortedNorms[middle] <= norm { low = middle + 1 } else { high = middle }
        }
        return sortedNorms.isEmpty ? 0 : 100 * Double(low) / Double(sortedNorms.count)
    }
}
