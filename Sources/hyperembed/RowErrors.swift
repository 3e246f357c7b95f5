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
        func add(_ row: ArraySlice<Float>, _ reference: ArraySlice<Float>) {
            var (distance, norm, referenceNorm, product) = (0.0, 0.0, 0.0, 0.0)
            for (x, y) in zip(row, reference) {
                let (x, y) = (Double(x), Double(y))
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
        for token in 0..<rows.count {
            add(rows.inputRow(token), reference.inputRow(token))
            if let row = rows.outputRow(token), let reference = reference.outputRow(token) { add(row, reference) }
        }
        mean = count == 0 ? 0 : sum / Double(count)
    }
}
