import Tensors

/// Mean and standard deviation (of the population) of each dimension over some rows of a table. Sums are float64: over a
/// quarter of a million rows float32 would lose digits that users compare.
public struct Moments: Sendable, Equatable {
    public let mean: [Float]
    public let standardDeviation: [Float]

    init(mean: [Float], standardDeviation: [Float]) {
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// Zeros when there are no rows.
    init(of table: MappedTensor, rows: [Int32]) {
        let scale = rows.isEmpty ? 0 : 1 / Double(rows.count)
        let mean = Self.columnSums(of: table, rows: rows) { value, _ in value }.map { $0 * scale }
        let variance = Self.columnSums(of: table, rows: rows) { value, column in
            (value - mean[column]) * (value - mean[column])
        }
        self.init(
            mean: mean.map { Float($0) }, standardDeviation: variance.map { Float(($0 * scale).squareRoot()) })
    }

    private static func columnSums(
        of table: MappedTensor, rows: [Int32], _ summand: (Double, Int) -> Double
    ) -> [Double] {
        var sums = [Double](repeating: 0, count: table.rowWidth)
        var row = Matrix(rows: 1, columns: table.rowWidth)
        for id in rows {
            row.readRow(Int(id), of: table, to: 0)
            row.withRow(0) { values in
                for column in values.indices { sums[column] += summand(Double(values[column]), column) }
            }
        }
        return sums
    }
}
