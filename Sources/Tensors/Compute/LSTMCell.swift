import CKernels

/// One time step of an LSTM, after its matrix products: c = f c + i g, h = o tanh(c).
public struct LSTMCell: Sendable {
    /// Width of the cell state and of the output.
    public let hiddenSize: Int
    private let kernels: Kernels

    public init(hiddenSize: Int, kernels: Kernels = .best) {
        self.hiddenSize = hiddenSize
        self.kernels = kernels
    }

    /// Advances the first `rows` rows of `cell`, and writes as many rows of `output`.
    ///
    /// - Parameters:
    ///   - continuing: how many of the rows have had a step before; for the others this is the first.
    ///   - input: what the time step's input adds to the gates, from row `inputRow` on, (any, 4 · hidden): input, forget, cell
    ///     and output gate.
    ///   - recurrent: what the output of the step before adds to them, for rows that have had one.
    public func apply(
        rows: Int, continuing: Int, input: borrowing Matrix, inputRow: Int, recurrent: borrowing Matrix, cell: inout Matrix,
        output: inout Matrix, outputRow: Int, outputColumn: Int
    ) {
        precondition(continuing >= 0 && continuing <= rows && continuing <= recurrent.rows, "more rows continue than there are")
        precondition(inputRow >= 0 && rows <= input.rows - inputRow && rows <= cell.rows, "steps outside the matrix")
        precondition(outputRow >= 0 && rows <= output.rows - outputRow, "steps outside the output")
        precondition(input.columns == 4 * hiddenSize && recurrent.columns == 4 * hiddenSize, "gates of another width")
        precondition(cell.columns == hiddenSize && output.columns - outputColumn >= hiddenSize, "states of another width")
        kernels.table.lstm_cell(
            continuing, hiddenSize, input.pointer(row: inputRow), input.columns, recurrent.pointer(), recurrent.columns,
            cell.mutablePointer(), cell.columns, output.mutablePointer(row: outputRow, column: outputColumn), output.columns)
        kernels.table.lstm_cell(
            rows - continuing, hiddenSize, input.pointer(row: inputRow + continuing), input.columns, nil, 0,
            cell.mutablePointer(row: continuing), cell.columns,
            output.mutablePointer(row: outputRow + continuing, column: outputColumn), output.columns)
    }
}
