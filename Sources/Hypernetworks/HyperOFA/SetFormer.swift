import Tensors

/// Post-norm transformer encoder layers (PyTorch's `nn.TransformerEncoder`) over sets: there are no positions, and the mean of
/// a set's rows stands for it.
struct SetFormer: Sendable {
    private let layers: [SetFormerLayer]
    private let kernels: Kernels

    init(_ weights: WeightReader, _ prefix: String, width: Int, heads: Int, layers: Int) throws(TensorFileError) {
        var stack: [SetFormerLayer] = []
        for layer in 0..<layers {
            stack.append(try SetFormerLayer(weights, "\(prefix).layers.\(layer)", width: width, heads: heads))
        }
        self.layers = stack
        kernels = weights.kernels
    }

    /// Turns `workspace.words`, which `workspace.sets` divide, into one row of `workspace.encoded` for each set.
    func apply(workspace: inout HyperOFAWorkspace, pause: () -> Void) {
        for layer in layers {
            layer.apply(to: &workspace.words, sets: workspace.sets, scratch: &workspace.setFormer, pause: pause)
        }
        workspace.encoded.resize(rows: workspace.sets.count)
        for (set, rows) in workspace.sets.enumerated() {
            workspace.encoded.setRow(set, toMeanOf: rows, of: workspace.words, kernels: kernels)
        }
    }
}

/// y = norm1(x + attention(x)), then norm2(y + linear2(relu(linear1(y)))).
private struct SetFormerLayer: Sendable {
    private let queryKeyValue: Linear  // (width, 3 · width)
    private let attention: Attention
    private let projection: Linear  // (width, width)
    private let projectionNorm: LayerNorm
    private let intermediate: Linear  // (width, 8 · width)
    private let output: Linear  // (8 · width, width)
    private let outputNorm: LayerNorm

    init(_ weights: WeightReader, _ prefix: String, width: Int, heads: Int) throws(TensorFileError) {
        queryKeyValue = try weights.linear(
            weight: "\(prefix).self_attn.in_proj_weight", biases: ["\(prefix).self_attn.in_proj_bias"], inputs: width,
            outputs: 3 * width)
        attention = Attention(heads: heads, headSize: width / heads, kernels: weights.kernels)
        projection = try weights.linear("\(prefix).self_attn.out_proj", inputs: width, outputs: width)
        projectionNorm = try weights.layerNorm("\(prefix).norm1", size: width, epsilon: 1e-5)
        intermediate = try weights.linear(
            "\(prefix).linear1", inputs: width, outputs: SetFormerScratch.intermediateSize(width), activation: .relu)
        output = try weights.linear("\(prefix).linear2", inputs: SetFormerScratch.intermediateSize(width), outputs: width)
        outputNorm = try weights.layerNorm("\(prefix).norm2", size: width, epsilon: 1e-5)
    }

    /// Replaces the rows of `words`.
    func apply(to words: inout Matrix, sets: [Range<Int>], scratch: inout SetFormerScratch, pause: () -> Void) {
        queryKeyValue.apply(to: words, output: &scratch.queryKeyValue)
        pause()
        scratch.context.resize(rows: words.rows)
        for rows in sets {
            attention.apply(
                queries: scratch.queryKeyValue, queryRows: rows, keysAndValues: scratch.queryKeyValue,
                keyColumn: attention.width, valueColumn: 2 * attention.width, sequenceRows: rows, output: &scratch.context)
        }
        pause()
        projection.apply(to: scratch.context, output: &scratch.attended)
        projectionNorm.apply(to: &scratch.attended, addingResidual: words)
        pause()
        intermediate.apply(to: scratch.attended, output: &scratch.intermediate)
        pause()
        output.apply(to: scratch.intermediate, output: &words)
        outputNorm.apply(to: &words, addingResidual: scratch.attended)
        pause()
    }
}

/// What a layer needs while it runs.
struct SetFormerScratch: ~Copyable, Sendable {
    var queryKeyValue: Matrix  // (rows, 3 · width)
    var context: Matrix  // (rows, width)
    var attended: Matrix  // (rows, width)
    var intermediate: Matrix  // (rows, 8 · width)

    init(width: Int) {
        queryKeyValue = Matrix(columns: 3 * width)
        context = Matrix(columns: width)
        attended = Matrix(columns: width)
        intermediate = Matrix(columns: Self.intermediateSize(width))
    }

    /// The authors' `dim_feedforward`.
    static func intermediateSize(_ width: Int) -> Int { 8 * width }
}
