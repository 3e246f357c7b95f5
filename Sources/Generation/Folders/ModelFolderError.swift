import Tensors

/// Why a model folder cannot be read, or a new one not be written.
public enum ModelFolderError: Error, Equatable, Sendable, CustomStringConvertible {
    case missingFiles([String], folder: String)
    /// The file is no JSON object.
    case malformed(file: String, problem: String)
    /// A tensor that belongs to the vocabulary has not as many rows as the input embeddings.
    case rowsDiffer(key: String, file: String, expected: Int, found: Int)
    /// The tokenizer gives out ids that the matrix has no rows for.
    case vocabularyExceedsMatrix(ids: Int, rows: Int)
    /// The tokenizer skips ids: the tokenizers library would give an added token one that is taken.
    case vocabularyHasHoles(entries: Int, ids: Int)
    case emptyToken(index: Int)
    case tooManyRows(Int)
    /// Something is in the place of the new folder.
    case outputExists(String)
    case unwritable(file: String, reason: String)
    case wrongWidth(key: String, expected: Int, found: Int)
    /// The model has an output matrix of its own, and the rows come without output rows.
    case noOutputRows(key: String)
    case wrongRowCount(expected: Int, written: Int)

    public var description: String {
        switch self {
        case .missingFiles(let names, let folder): "\(folder) has no \(names.joined(separator: ", no "))"
        case .malformed(let file, let problem): "\(file) is malformed: \(problem)"
        case .rowsDiffer(let key, let file, let expected, let found):
            "tensor \"\(key)\" in \(file) has \(found) rows, the input embeddings have \(expected)"
        case .vocabularyExceedsMatrix(let ids, let rows):
            "the tokenizer's ids go up to \(ids - 1), the embedding matrix has \(rows) rows"
        case .vocabularyHasHoles(let entries, let ids):
            "the tokenizer's \(entries) entries leave holes in its \(ids) ids: an added token would get an id that is taken"
        case .emptyToken(let index): "token \(index) is empty"
        case .tooManyRows(let rows): "\(rows) rows are too many"
        case .outputExists(let path): "\(path) exists already"
        case .unwritable(let file, let reason): "cannot write \(file): \(reason)"
        case .wrongWidth(let key, let expected, let found):
            "rows of \(found) numbers for tensor \"\(key)\", whose rows have \(expected)"
        case .noOutputRows(let key): "there are no output rows for tensor \"\(key)\""
        case .wrongRowCount(let expected, let written): "\(written) rows were written, the tokenizer has \(expected) ids"
        }
    }
}
