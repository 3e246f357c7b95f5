import Tensors

/// The scratch memory of one forward pass at a time. A worker keeps one and reuses it: once it has seen its largest batch,
/// the pass allocates nothing for its matrices.
public struct ZeTTWorkspace: ~Copyable, Sendable {
    let configuration: ZeTTConfiguration
    var source: Matrix  // (new source ids, source width)
    var linearSource: Matrix  // (new source ids, hidden)
    var projectedSource: Matrix  // (new source ids, hidden)
    var hidden: Matrix  // (rows, hidden)
    var firstRows: Matrix  // (tokens, hidden)
    var queryKeyValue: Matrix  // (rows, 3 · hidden)
    var newHidden: Matrix  // (new input rows of the first layer, hidden)
    var newQueryKeyValue: Matrix  // (new input rows of the first layer, 3 · hidden)
    var query: Matrix  // (tokens, hidden)
    var foldedQuery: Matrix  // (tokens, hidden), of one head of the last layer
    var mixedRows: Matrix  // (tokens, hidden), likewise
    var context: Matrix  // (rows, hidden)
    var attended: Matrix  // (rows, hidden)
    var intermediate: Matrix  // (rows, intermediate)
    var headProjected: Matrix  // (tokens, hidden)
    var inputEmbeddings: Matrix  // (tokens, embedding)
    var outputEmbeddings: Matrix  // (tokens, embedding)
    var jointEmbeddings: Matrix  // (tokens, 2 · embedding), what a single head predicts for separate matrices
    var bias: Matrix  // (tokens, 1)
    /// Rows of `hidden` that wait for the projection of a source id, by the id's row in `source`.
    var waitingRows: [(sourceRow: Int, row: Int)] = []
    var sourceRowByID: [Int32: Int] = [:]
    var sequences: [Range<Int>] = []
    /// Which of all possible input rows of the first layer each row is.
    var keys: [Int] = []
    /// Rows whose queries, keys and values in the first layer nobody has computed yet.
    var newRows: [Int] = []

    public init(_ configuration: ZeTTConfiguration) {
        self.configuration = configuration
        let hiddenSize = configuration.hiddenSize
        source = Matrix(columns: configuration.sourceWidth)
        linearSource = Matrix(columns: hiddenSize)
        projectedSource = Matrix(columns: hiddenSize)
        hidden = Matrix(columns: hiddenSize)
        firstRows = Matrix(columns: hiddenSize)
        queryKeyValue = Matrix(columns: 3 * hiddenSize)
        newHidden = Matrix(columns: hiddenSize)
        newQueryKeyValue = Matrix(columns: 3 * hiddenSize)
        query = Matrix(columns: hiddenSize)
        foldedQuery = Matrix(columns: hiddenSize)
        mixedRows = Matrix(columns: hiddenSize)
        context = Matrix(columns: hiddenSize)
        attended = Matrix(columns: hiddenSize)
        intermediate = Matrix(columns: configuration.intermediateSize)
        headProjected = Matrix(columns: hiddenSize)
        inputEmbeddings = Matrix(columns: configuration.embeddingSize)
        outputEmbeddings = Matrix(columns: configuration.embeddingSize)
        jointEmbeddings = Matrix(columns: 2 * configuration.embeddingSize)
        bias = Matrix(columns: 1)
    }
}
