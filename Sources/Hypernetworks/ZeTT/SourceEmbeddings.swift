import Tensors

/// The rows that source ids stand for: base rows below the base vocabulary's size, the hypernetwork's fallback rows above.
struct SourceEmbeddings: Sendable {
    /// Matrices whose rows are concatenated: the base's input matrix, and its output matrix when it has its own.
    private let base: [MappedTensor]
    private let baseRows: Int
    let fallback: MappedTensor  // (fallback rows, source width)
    /// Applied to base rows, not to fallback rows.
    private let scaler: Affine?

    init(
        _ weights: WeightReader, _ configuration: ZeTTConfiguration, base: [MappedTensor]
    ) throws {
        let width = base.reduce(0) { $0 + $1.rowWidth }
        guard width == configuration.sourceWidth else {
            throw HypernetworkError.wrongBaseWidth(expected: configuration.sourceWidth, found: width)
        }
        for matrix in base where matrix.rowCount < configuration.baseVocabularySize {
            throw HypernetworkError.tooFewBaseRows(expected: configuration.baseVocabularySize, found: matrix.rowCount)
        }
        self.base = base
        baseRows = configuration.baseVocabularySize
        fallback = try weights.table("fallback_embeddings.weight", rows: configuration.fallbackRows, columns: width)
        scaler = configuration.rescalesEmbeddings ? try weights.scaler("in_scaler", size: width) : nil
    }

    /// Writes the row of `id` into a row of `matrix`.
    func read(_ id: Int, into matrix: inout Matrix, row: Int) {
        guard id < baseRows else { return matrix.readRow(id - baseRows, of: fallback, to: row) }
        var column = 0
        for part in base {
            matrix.readRow(id, of: part, to: row, column: column)
            column += part.rowWidth
        }
        scaler?.apply(to: &matrix, row: row)
    }
}
