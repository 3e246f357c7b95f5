import Hypernetworks

/// How far rows are from the rows they should be.
struct RowErrors {
    /// ‖row − reference‖ / ‖reference‖: the worst row's, and the mean over all rows.
    private(set) var largest = 0.0
    private(set) var mean = 0.0
    /// Of the angle between a row and its reference, the worst.
    private(set) var smallestCosine = 1.0

    /// Compares input rows, and output rows where there are any; `rows` and `reference` belong to the same tokens.
    init(of rows: GeneratedRows, from reference: GeneratedRows) {
        precondition(rows.count == reference.count && rows.dimension == reference.dimension, "rows of other tokens")
        var sum = 0.0
        var count = 0
        func add(_ row: Span<Float>, _ reference: Span<Float>) {
            var (distance, norm, referenceNorm, product) = (0.0, 0.0, 0.0, 0.0)
            for column in row.indices {
                let (x, y) = (Double(row[column]), Double(reference[column]))
                distance += (x - y) * (x - y)
                norm += x * x
                referenceNorm += y * y
                product += x * y
            }
            // Rows of zeros have no direction, and equal ones no error.
            let error = distance == 0 ? 0 : (distance / referenceNorm).squareRoot()
            sum += error
            count += 1
            largest = max(largest, error)
            if distance > 0 { smallestCosine = min(smallestCosine, product / (norm * referenceNorm).squareRoot()) }
        }
        for (rows, reference) in [(rows.input, reference.input), (rows.output, reference.output)] {
            guard let rows, let reference else { continue }
            for token in 0..<rows.rows {
                rows.withRow(token) { row in reference.withRow(token) { add(row, $0) } }
            }
        }
        mean = count == 0 ? 0 : sum / Double(count)
    }
}
