import Tensors

/// A post-norm transformer encoder layer (RoBERTa's) over packed sequences.
struct EncoderLayer: Sendable {
    private let queryKeyValue: Linear  // (hidden, 3 · hidden)
    private let attention: Attention
    private let feedForward: AttentionOutput

    init(_ weights: WeightReader, _ prefix: String, _ configuration: ZeTTConfiguration) throws(TensorFileError) {
        let hiddenSize = configuration.hiddenSize
        queryKeyValue = try weights.linear(
            stacking: ["query", "key", "value"].map { "\(prefix).attention.self.\($0)" }, inputs: hiddenSize,
            outputs: hiddenSize)
        attention = Attention(
            heads: configuration.attentionHeads, headSize: hiddenSize / configuration.attentionHeads, kernels: weights.kernels)
        feedForward = try AttentionOutput(weights, prefix, configuration)
    }

    /// Replaces `workspace.hidden`, whose rows `sequences` divide among the tokens.
    func apply(sequences: [Range<Int>], workspace: inout ZeTTWorkspace, pause: () -> Void) {
        queryKeyValue.apply(to: workspace.hidden, output: &workspace.queryKeyValue)
        pause()
        attend(sequences: sequences, workspace: &workspace, pause: pause)
    }

    /// As above, for the first layer. Its input rows are the same wherever they occur, so their queries, keys and values are
    /// computed once and kept.
    ///
    /// - Parameters:
    ///   - keys: which of all possible input rows each row of `workspace.hidden` is.
    ///   - kept: query, key and value rows by key, (possible input rows, 3 · hidden).
    func apply(sequences: [Range<Int>], keys: [Int], kept: SharedRows, workspace: inout ZeTTWorkspace, pause: () -> Void) {
        workspace.queryKeyValue.resize(rows: workspace.hidden.rows)
        workspace.newRows.removeAll(keepingCapacity: true)
        for (row, key) in keys.enumerated() where !kept.load(key, into: &workspace.queryKeyValue, row: row) {
            workspace.newRows.append(row)
        }
        if !workspace.newRows.isEmpty {
            workspace.newHidden.resize(rows: workspace.newRows.count)
            for (new, row) in workspace.newRows.enumerated() {
                workspace.newHidden.copyRow(row, of: workspace.hidden, to: new)
            }
            queryKeyValue.apply(to: workspace.newHidden, output: &workspace.newQueryKeyValue)
            for (new, row) in workspace.newRows.enumerated() {
                workspace.queryKeyValue.copyRow(new, of: workspace.newQueryKeyValue, to: row)
                kept.store(keys[row], from: workspace.newQueryKeyValue, row: new)
            }
            pause()
        }
        attend(sequences: sequences, workspace: &workspace, pause: pause)
    }

    private func attend(sequences: [Range<Int>], workspace: inout ZeTTWorkspace, pause: () -> Void) {
        workspace.context.resize(rows: workspace.hidden.rows)
        for rows in sequences {
            attention.apply(
                queries: workspace.queryKeyValue, queryRows: rows, keysAndValues: workspace.queryKeyValue,
                keyColumn: attention.width, valueColumn: 2 * attention.width, sequenceRows: rows, output: &workspace.context)
        }
        pause()
        feedForward.apply(workspace: &workspace, pause: pause)
        pause()
    }
}

/// The last encoder layer. Only the first row of each sequence is read after it, so all but its keys and values is computed for
/// the first rows alone, and keys and values are not computed at all: for one query q, with x_i the sequence's rows,
///
///     q · k_i   = q · (W_k x_i + b_k)     = (W_kᵀ q) · x_i + q · b_k   of which softmax does not see the last term
///     Σ a_i v_i = Σ a_i (W_v x_i + b_v)   = W_v (Σ a_i x_i) + b_v      because Σ a_i = 1
///
/// in each head. That is one product with W_k and W_v for a sequence instead of one for each of its rows.
struct FinalEncoderLayer: Sendable {
    private let query: Linear  // (hidden, hidden)
    private let foldedKeys: [Linear]  // W_kᵀ of each head, (head size, hidden)
    private let values: [Linear]  // W_v and b_v of each head, (hidden, head size)
    private let headSize: Int
    private let attention: Attention  // of one head, over whole rows
    private let feedForward: AttentionOutput

    init(_ weights: WeightReader, _ prefix: String, _ configuration: ZeTTConfiguration) throws(TensorFileError) {
        let hiddenSize = configuration.hiddenSize
        let heads = configuration.attentionHeads
        let attentionPrefix = "\(prefix).attention.self"
        query = try weights.linear("\(attentionPrefix).query", inputs: hiddenSize, outputs: hiddenSize)
        foldedKeys = try weights.linears(
            splittingTransposeOf: "\(attentionPrefix).key", parts: heads, inputs: hiddenSize, outputs: hiddenSize)
        values = try weights.linears(
            splitting: "\(attentionPrefix).value", parts: heads, inputs: hiddenSize, outputs: hiddenSize)
        headSize = hiddenSize / heads
        attention = Attention(
            heads: 1, headSize: hiddenSize, scale: 1 / Float(headSize).squareRoot(), kernels: weights.kernels)
        feedForward = try AttentionOutput(weights, prefix, configuration)
    }

    /// Replaces `workspace.hidden` by one row for each sequence.
    func apply(sequences: [Range<Int>], workspace: inout ZeTTWorkspace, pause: () -> Void) {
        workspace.firstRows.resize(rows: sequences.count)
        for (token, rows) in sequences.enumerated() {
            workspace.firstRows.copyRow(rows.lowerBound, of: workspace.hidden, to: token)
        }
        query.apply(to: workspace.firstRows, output: &workspace.query)
        pause()
        workspace.mixedRows.resize(rows: sequences.count)
        workspace.context.resize(rows: sequences.count)
        for head in values.indices {
            let column = head * headSize
            foldedKeys[head].apply(
                to: workspace.query, inputColumn: column, output: &workspace.foldedQuery, outputColumn: 0)
            for (token, rows) in sequences.enumerated() {
                attention.apply(
                    queries: workspace.foldedQuery, queryRows: token..<token + 1, keysAndValues: workspace.hidden,
                    keyColumn: 0, valueColumn: 0, sequenceRows: rows, output: &workspace.mixedRows)
            }
            values[head].apply(to: workspace.mixedRows, inputColumn: 0, output: &workspace.context, outputColumn: column)
            pause()
        }
        swap(&workspace.hidden, &workspace.firstRows)
        feedForward.apply(workspace: &workspace, pause: pause)
        pause()
    }
}

/// What follows the attention heads: their output projection and the feed-forward network, each with residual and norm.
private struct AttentionOutput: Sendable {
    private let projection: Linear  // (hidden, hidden)
    private let projectionNorm: LayerNorm
    private let intermediate: Linear  // (hidden, intermediate)
    private let output: Linear  // (intermediate, hidden)
    private let outputNorm: LayerNorm

    init(_ weights: WeightReader, _ prefix: String, _ configuration: ZeTTConfiguration) throws(TensorFileError) {
        let hiddenSize = configuration.hiddenSize
        let intermediateSize = configuration.intermediateSize
        projection = try weights.linear("\(prefix).attention.output.dense", inputs: hiddenSize, outputs: hiddenSize)
        projectionNorm = try weights.layerNorm("\(prefix).attention.output.LayerNorm", size: hiddenSize, epsilon: 1e-5)
        intermediate = try weights.linear(
            "\(prefix).intermediate.dense", inputs: hiddenSize, outputs: intermediateSize, activation: .gelu)
        output = try weights.linear("\(prefix).output.dense", inputs: intermediateSize, outputs: hiddenSize)
        outputNorm = try weights.layerNorm("\(prefix).output.LayerNorm", size: hiddenSize, epsilon: 1e-5)
    }

    /// Turns the heads' output in `workspace.context` and the layer's input in `workspace.hidden` into its output there.
    func apply(workspace: inout ZeTTWorkspace, pause: () -> Void) {
        projection.apply(to: workspace.context, output: &workspace.attended)
        projectionNorm.apply(to: &workspace.attended, addingResidual: workspace.hidden)
        pause()
        intermediate.apply(to: workspace.attended, output: &workspace.intermediate)
        pause()
        output.apply(to: workspace.intermediate, output: &workspace.hidden)
        outputNorm.apply(to: &workspace.hidden, addingResidual: workspace.attended)
    }
}
