import Tensors

/// Makes rows for new tokens out of the base model's own rows: specs/methods.md, section 2.1.
///
/// A token's bits depend on its recipe alone, not on what is generated with it.
public final class TrainingFreeGenerator: Sendable {
    public let input: BaseTable
    /// The input table itself when the base is tied.
    public let output: BaseTable
    private let bias: MappedTensor?
    private let biasOnce = ComputedOnce<Moments>()

    /// - Parameters:
    ///   - input: (rows, dimension), of 16- or 32-bit floats like the others: as `EmbeddingMatrices` finds them.
    ///   - output: likewise; nil for a tied base.
    ///   - bias: of the output, (rows); nil for a base without.
    ///   - validRows: false for rows that no statistics should see: padding, unused, reserved. Rows of zeros and rows that are
    ///     not finite are found without it.
    ///   - scriptClass: of each token; nil for special ones.
    public init(
        input: MappedTensor, output: MappedTensor?, bias: MappedTensor?, validRows: @escaping @Sendable (Int) -> Bool,
        scriptClass: @escaping @Sendable (Int) -> ScriptClass?
    ) {
        precondition(output.map { $0.shape == input.shape } ?? true, "tables of different shapes")
        precondition(bias.map { $0.shape == [input.rowCount] } ?? true, "a bias that does not fit the tables")
        self.input = BaseTable(input, isValid: validRows, scriptClass: scriptClass)
        self.output = output.map { BaseTable($0, isValid: validRows, scriptClass: scriptClass) } ?? self.input
        self.bias = bias
    }

    /// Computes now what is otherwise computed when it is first needed, but for covariances, which take long and few want.
    public func takeStatistics() {
        for table in [input, output] { table.takeStatistics() }
    }

    /// Writes the rows of token `index`. Output rows of a tied base are made from its one table, biases of a base without are
    /// 0.
    ///
    /// Samples take the seed's normal numbers in the order of the input row, the output row, the bias.
    ///
    /// - Throws: `TrainingFreeError.rowOutOfRange`, `.invalidScale`, `.noValidRows` or `.covarianceNotFactored`.
    public func generate(_ recipe: RowRecipe, into rows: GeneratedRows, at index: Int) throws(TrainingFreeError) {
        switch recipe {
        case .combination(let combination): try combine(combination, into: rows, at: index)
        case .baseMean: try copyMean(into: rows, at: index)
        case .normal(let seed): try sample(of: nil, seed: seed, into: rows, at: index)
        case .script(let scriptClass, let seed): try sample(of: scriptClass, seed: seed, into: rows, at: index)
        case .multivariate(let scale, let seed):
            try sampleMultivariate(scale: scale, seed: seed, into: rows, at: index)
        }
    }

    private func combine(_ combination: Combination, into rows: GeneratedRows, at index: Int) throws(TrainingFreeError) {
        try input.check(combination.rows)
        combination.sum(combination.inputWeights, of: input.embeddings, into: rows.input, at: index)
        if let storage = rows.output {
            combination.sum(combination.outputWeights, of: output.embeddings, into: storage, at: index)
        }
        guard let storage = rows.bias else { return }
        if let bias {
            combination.sum(combination.outputWeights, of: bias, into: storage, at: index)
        } else {
            storage.withMutableRow(index) { $0[0] = 0 }
        }
    }

    private func copyMean(into rows: GeneratedRows, at index: Int) throws(TrainingFreeError) {
        try input.moments(of: nil).mean.write(into: rows.input, at: index)
        if let storage = rows.output { try output.moments(of: nil).mean.write(into: storage, at: index) }
        if let storage = rows.bias { biasMoments.mean.write(into: storage, at: index) }
    }

    private func sample(
        of scriptClass: ScriptClass?, seed: UInt64, into rows: GeneratedRows, at index: Int
    ) throws(TrainingFreeError) {
        var samples = NormalSamples(seed: seed)
        try input.moments(of: scriptClass).sample(&samples, into: rows.input, at: index)
        if let storage = rows.output { try output.moments(of: scriptClass).sample(&samples, into: storage, at: index) }
        if let storage = rows.bias { biasMoments.sample(&samples, into: storage, at: index) }
    }

    private func sampleMultivariate(
        scale: Float, seed: UInt64, into rows: GeneratedRows, at index: Int
    ) throws(TrainingFreeError) {
        guard scale >= 0, scale.isFinite else { throw .invalidScale(scale) }
        var samples = NormalSamples(seed: seed)
        let deviation = scale.squareRoot()
        try input.sampleMultivariate(&samples, deviation: deviation, into: rows.input, at: index)
        if let storage = rows.output {
            try output.sampleMultivariate(&samples, deviation: deviation, into: storage, at: index)
        }
        if let storage = rows.bias { biasMoments.sample(&samples, deviation: deviation, into: storage, at: index) }
    }

    /// Of the biases of the valid output rows; zeros for a base without biases.
    private var biasMoments: Moments {
        biasOnce {
            guard let bias else { return Moments(mean: [0], standardDeviation: [0]) }
            return Moments(of: bias, rows: output.statistics.validRows)
        }
    }
}

extension BaseTable {
    /// - Throws: `TrainingFreeError.rowOutOfRange`.
    func check(_ rows: [Int32]) throws(TrainingFreeError) {
        for row in rows where row < 0 || row >= count { throw .rowOutOfRange(row: row, limit: count) }
    }

    /// The moments of the valid rows of a class; of all valid rows without a class, or when fewer than two are of it.
    ///
    /// - Throws: `TrainingFreeError.noValidRows`: zeros are nothing to sample from.
    fileprivate func moments(of scriptClass: ScriptClass?) throws(TrainingFreeError) -> Moments {
        let statistics = statistics
        guard !statistics.validRows.isEmpty else { throw .noValidRows(table: embeddings.key) }
        return scriptClass.flatMap { classMoments[$0] } ?? statistics.moments
    }

    /// Writes μ + L z, the numbers z of N(0, deviation²).
    fileprivate func sampleMultivariate(
        _ samples: inout NormalSamples, deviation: Float, into storage: RowStorage, at index: Int
    ) throws(TrainingFreeError) {
        guard !statistics.validRows.isEmpty else { throw .noValidRows(table: embeddings.key) }
        guard let factor = covarianceFactor else { throw .covarianceNotFactored(table: embeddings.key) }
        var numbers = Matrix(rows: 1, columns: dimension)
        numbers.setRow(0, to: (0..<dimension).map { _ in deviation * samples.next() })
        var row = Matrix(columns: dimension)
        factor.apply(to: numbers, output: &row)
        storage.store(index, from: row, row: 0)
    }
}

extension Combination {
    /// Writes the weighted sum of rows of `table`, in order and in float32. Rows of weight 0 are not read, and nothing is added
    /// to the first: weight 1 alone is a copy to the bit.
    func sum(_ weights: [Float], of table: MappedTensor, into storage: RowStorage, at index: Int) {
        var source = Matrix(rows: 1, columns: table.rowWidth)
        var isFirst = true
        storage.withMutableRow(index) { sum in
            for (row, weight) in zip(rows, weights) where weight != 0 {
                source.readRow(Int(row), of: table, to: 0)
                source.withRow(0) { values in
                    for column in values.indices {
                        sum[column] = isFirst ? weight * values[column] : sum[column] + weight * values[column]
                    }
                }
                isFirst = false
            }
        }
    }
}

extension [Float] {
    fileprivate func write(into storage: RowStorage, at index: Int) {
        storage.withMutableRow(index) { row in
            for column in indices { row[column] = self[column] }
        }
    }
}

extension Moments {
    /// Writes μ + deviation · σ · z.
    fileprivate func sample(
        _ samples: inout NormalSamples, deviation: Float = 1, into storage: RowStorage, at index: Int
    ) {
        storage.withMutableRow(index) { row in
            for column in mean.indices {
                row[column] = mean[column] + deviation * standardDeviation[column] * samples.next()
            }
        }
    }
}
