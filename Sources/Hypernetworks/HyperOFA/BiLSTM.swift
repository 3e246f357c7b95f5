import Tensors

/// A stack of bidirectional LSTM layers (PyTorch's `nn.LSTM`) over sequences that each end at their own length.
struct BiLSTM: Sendable {
    private let layers: [[LSTMDirection]]  // forward, backward
    private let hiddenSize: Int

    init(_ weights: WeightReader, _ prefix: String, inputs: Int, hiddenSize: Int, layers: Int) throws(TensorFileError) {
        self.hiddenSize = hiddenSize
        var stack: [[LSTMDirection]] = []
        for layer in 0..<layers {
            let inputs = layer == 0 ? inputs : 2 * hiddenSize
            stack.append([
                try LSTMDirection(weights, prefix, "l\(layer)", inputs: inputs, hiddenSize: hiddenSize, isReverse: false),
                try LSTMDirection(
                    weights, prefix, "l\(layer)_reverse", inputs: inputs, hiddenSize: hiddenSize, isReverse: true),
            ])
        }
        self.layers = stack
    }

    /// Runs `workspace.words`, laid out as `workspace.steps` says, through all layers, and leaves in `workspace.encoded` what
    /// each direction of the last one ends with: forward after a sequence's last element, backward after its first.
    func apply(workspace: inout HyperOFAWorkspace, pause: () -> Void) {
        let steps = workspace.steps
        for (index, layer) in layers.enumerated() {
            workspace.states.resize(rows: steps.rows)
            for direction in layer {
                if index == 0 {
                    direction.apply(
                        to: workspace.words, steps: steps, scratch: &workspace.lstm, output: &workspace.states, pause: pause)
                } else {
                    direction.apply(
                        to: workspace.earlierStates, steps: steps, scratch: &workspace.lstm, output: &workspace.states,
                        pause: pause)
                }
            }
            swap(&workspace.states, &workspace.earlierStates)
        }
        workspace.encoded.resize(rows: steps.lengths.count)
        for (sequence, length) in steps.lengths.enumerated() {
            workspace.encoded.copyRow(
                steps.row(of: sequence, step: length - 1), of: workspace.earlierStates, to: sequence, columns: 0..<hiddenSize)
            workspace.encoded.copyRow(
                steps.row(of: sequence, step: 0), of: workspace.earlierStates, to: sequence,
                columns: hiddenSize..<2 * hiddenSize)
        }
    }
}

/// One direction of a layer. For each step, of all rows that are alive in it:
///
///     gates = W_ih x + b_ih + b_hh + W_hh h      input, forget, cell, output gate
///     c = σ(f) c + σ(i) tanh(g)
///     h = σ(o) tanh(c)
///
/// W_ih x needs no earlier step, so whole stretches of steps are multiplied at once.
private struct LSTMDirection: Sendable {
    private let input: Linear  // (inputs, 4 · hidden)
    private let recurrent: Linear  // (hidden, 4 · hidden)
    private let cell: LSTMCell
    private let isReverse: Bool

    init(
        _ weights: WeightReader, _ prefix: String, _ suffix: String, inputs: Int, hiddenSize: Int, isReverse: Bool
    ) throws(TensorFileError) {
        input = try weights.linear(
            weight: "\(prefix).weight_ih_\(suffix)", biases: ["\(prefix).bias_ih_\(suffix)", "\(prefix).bias_hh_\(suffix)"],
            inputs: inputs, outputs: 4 * hiddenSize)
        recurrent = try weights.linear(
            weight: "\(prefix).weight_hh_\(suffix)", biases: [], inputs: hiddenSize, outputs: 4 * hiddenSize)
        cell = LSTMCell(hiddenSize: hiddenSize, kernels: weights.kernels)
        self.isReverse = isReverse
    }

    /// Writes this direction's half of the columns of `output`, whose rows are those of `rows`.
    func apply(
        to rows: borrowing Matrix, steps: PackedSteps, scratch: inout LSTMScratch, output: inout Matrix, pause: () -> Void
    ) {
        scratch.cell.resize(rows: steps.alive[0])
        for index in steps.stretches.indices {
            let stretch = steps.stretches[isReverse ? steps.stretches.count - 1 - index : index]
            let firstRow = steps.starts[stretch.lowerBound]
            input.apply(to: rows, rows: firstRow..<steps.starts[stretch.upperBound], output: &scratch.input)
            pause()
            for offset in 0..<stretch.count {
                let step = isReverse ? stretch.upperBound - 1 - offset : stretch.lowerBound + offset
                advance(step, steps: steps, inputRow: steps.starts[step] - firstRow, scratch: &scratch, output: &output)
                pause()
            }
        }
    }

    /// - Parameter inputRow: where the step's rows begin in `scratch.input`.
    private func advance(
        _ step: Int, steps: PackedSteps, inputRow: Int, scratch: inout LSTMScratch, output: inout Matrix
    ) {
        let outputColumn = isReverse ? cell.hiddenSize : 0
        let earlier = isReverse ? step + 1 : step - 1
        // Forward some sequences have ended since the step before, backward some begin with this one.
        let continuing = earlier < 0 ? 0 : min(steps.alive[step], steps.alive[earlier])
        if continuing > 0 {
            let earlierRows = steps.starts[earlier]..<steps.starts[earlier] + continuing
            recurrent.apply(to: output, rows: earlierRows, inputColumn: outputColumn, output: &scratch.recurrent)
        }
        cell.apply(
            rows: steps.alive[step], continuing: continuing, input: scratch.input, inputRow: inputRow,
            recurrent: scratch.recurrent, cell: &scratch.cell, output: &output, outputRow: steps.starts[step],
            outputColumn: outputColumn)
    }
}

/// What one direction of one layer needs while it runs.
struct LSTMScratch: ~Copyable, Sendable {
    var input: Matrix  // (rows of a stretch, 4 · hidden)
    var recurrent: Matrix  // (continuing sequences, 4 · hidden)
    var cell: Matrix  // (sequences, hidden)

    init(hiddenSize: Int) {
        input = Matrix(columns: 4 * hiddenSize)
        recurrent = Matrix(columns: 4 * hiddenSize)
        cell = Matrix(columns: hiddenSize)
    }
}
