import CKernels

/// What a linear layer applies to its output.
public enum Activation: Sendable {
    case none
    /// x Φ(x), the exact GELU.
    case gelu
    /// The tanh approximation of GELU.
    case geluTanh
    /// max(x, 0).
    case relu

    fileprivate var code: ck_activation {
        switch self {
        case .none: CK_ACTIVATION_NONE
        case .gelu: CK_ACTIVATION_GELU_ERF
        case .geluTanh: CK_ACTIVATION_GELU_TANH
        case .relu: CK_ACTIVATION_RELU
        }
    }
}

/// A linear layer y = activation(x Wᵀ + b) whose weights are packed once for the processor's matrix kernel.
///
/// Every output element is one float32 sum over the inputs in ascending order, so a row's bits depend neither on how many
/// rows are multiplied with it nor on their order. Weights in a 16-bit format give the bits of a float32 layer whose weights
/// were rounded to that format.
public final class Linear: @unchecked Sendable {
    public let inputs: Int
    public let outputs: Int
    /// Bytes that the packed weights take.
    public let packedByteCount: Int
    private let activation: Activation
    private let format: FloatFormat
    // Written while `init` runs, only read afterwards.
    private let packed: UnsafeMutableRawPointer
    private let bias: [Float]?
    private let kernels: Kernels

    private init(bias: [Float]?, inputs: Int, outputs: Int, activation: Activation, format: FloatFormat, kernels: Kernels) {
        precondition(bias.map { $0.count == outputs } ?? true, "a bias that does not fit the outputs")
        self.inputs = inputs
        self.outputs = outputs
        self.bias = bias
        self.activation = activation
        self.format = format
        self.kernels = kernels
        packedByteCount = ck_packed_bytes(kernels.pointer, format.code, outputs, inputs)
        packed = KernelMemory.allocate(byteCount: packedByteCount)
    }

    /// Stacks `parts` on top of each other: several layers that share their input become one multiplication.
    ///
    /// Weights go from the file to their packed place a strip of rows at a time, so that loading takes no memory beyond the
    /// packed weights but one strip's.
    ///
    /// - Parameter parts: weights [outputs, inputs] and bias [outputs] of each, as PyTorch stores them.
    /// - Throws: `TensorFileError.unsupportedType` for elements that are no 16- or 32-bit floats, `.overflow` for a weight
    ///   that is too large for `format`.
    public convenience init(
        _ parts: [(weight: MappedTensor, bias: MappedTensor)], inputs: Int, activation: Activation = .none,
        format: FloatFormat = .float32, kernels: Kernels = .best
    ) throws(TensorFileError) {
        var bias: [Float] = []
        for part in parts { bias += try part.bias.floats() }
        self.init(bias: bias, inputs: inputs, outputs: bias.count, activation: activation, format: format, kernels: kernels)
        var column = 0
        for part in parts {
            let weight = try part.weight.expectingFloats()
            precondition(weight.shape == [part.bias.elementCount, inputs], "weights that do not fit the bias or the inputs")
            try pack(weight, from: column)
            column += weight.rowCount
        }
    }

    /// A layer whose bias comes from elsewhere, or that has none.
    ///
    /// - Parameter weight: [outputs, inputs].
    /// - Throws: as above.
    public convenience init(
        _ weight: MappedTensor, bias: [Float]?, format: FloatFormat = .float32, kernels: Kernels = .best
    ) throws(TensorFileError) {
        let weight = try weight.expectingFloats()
        self.init(
            bias: bias, inputs: weight.rowWidth, outputs: weight.rowCount, activation: .none, format: format, kernels: kernels)
        try pack(weight, from: 0)
    }

    /// The way back through a layer without its bias: y = x W, from that layer's outputs to its inputs.
    ///
    /// - Parameter weight: [inputs, outputs] of this layer, as PyTorch stores the other.
    /// - Throws: as above.
    public convenience init(
        transposing weight: MappedTensor, format: FloatFormat = .float32, kernels: Kernels = .best
    ) throws(TensorFileError) {
        let elements = try weight.floats()
        self.init(
            bias: nil, inputs: weight.rowCount, outputs: weight.rowWidth, activation: .none, format: format, kernels: kernels)
        var strip = Matrix(rows: kernels.table.panel_width, columns: inputs)
        for first in stride(from: 0, to: outputs, by: strip.rows) {
            let columns = first..<min(first + strip.rows, outputs)
            for column in columns {
                strip.setRow(column - first, to: (0..<inputs).map { elements[$0 * outputs + column] })
            }
            guard pack(strip.pointer(), columns: columns) else {
                throw .overflow(key: weight.key, file: weight.path, format: format)
            }
        }
    }

    /// A layer from numbers in memory. A weight that is too large for `format` becomes infinite.
    ///
    /// - Parameters:
    ///   - weight: [outputs, inputs] in row-major order.
    ///   - bias: [outputs].
    public convenience init(
        weight: [Float], bias: [Float], inputs: Int, activation: Activation = .none, format: FloatFormat = .float32,
        kernels: Kernels = .best
    ) {
        precondition(weight.count == bias.count * inputs, "weights that do not fit the bias")
        self.init(bias: bias, inputs: inputs, outputs: bias.count, activation: activation, format: format, kernels: kernels)
        _ = pack(weight, columns: 0..<outputs)
    }

    /// A float32 layer whose weights are the rows of `weight`, (outputs, inputs).
    public convenience init(weight: borrowing Matrix, bias: [Float], kernels: Kernels = .best) {
        precondition(weight.rows == bias.count, "weights that do not fit the bias")
        self.init(
            bias: bias, inputs: weight.columns, outputs: weight.rows, activation: .none, format: .float32, kernels: kernels)
        _ = pack(weight.pointer(), columns: 0..<outputs)
    }

    deinit { packed.deallocate() }

    /// Packs all rows of `weight` as columns of Wᵀ from `column` on.
    private func pack(_ weight: MappedTensor, from column: Int) throws(TensorFileError) {
        var strip = Matrix(rows: kernels.table.panel_width, columns: inputs)
        for first in stride(from: 0, to: weight.rowCount, by: strip.rows) {
            let rows = min(strip.rows, weight.rowCount - first)
            for row in 0..<rows { strip.readRow(first + row, of: weight, to: row) }
            guard pack(strip.pointer(), columns: column + first..<column + first + rows) else {
                throw .overflow(key: weight.key, file: weight.path, format: format)
            }
        }
    }

    /// Packs neighbouring columns of Wᵀ from `weight`, their rows of `inputs` floats. Returns whether every finite number has
    /// stayed finite.
    private func pack(_ weight: UnsafePointer<Float>, columns: Range<Int>) -> Bool {
        precondition(columns.upperBound <= outputs, "more weights than the layer has")
        return kernels.table.pack(format.code, columns.lowerBound, columns.count, inputs, weight, inputs, packed)
    }

    /// Reads the packed weights and does nothing with them, so that a caller who times it learns how fast `apply` could be at
    /// best for a single row.
    public func readWeights() { kernels.table.read_burst(packedByteCount, packed) }

    /// Applies the layer to every row of `input`; `output` gets as many rows.
    public func apply(to input: borrowing Matrix, output: inout Matrix) {
        precondition(input.columns == inputs && output.columns == outputs, "matrices that do not fit the layer")
        apply(to: input, inputColumn: 0, output: &output, outputColumn: 0)
    }

    /// Applies the layer to the columns of `input` from `inputColumn` on and writes those of `output` from `outputColumn` on.
    /// Others stay as they are while `output` has the room for all rows.
    public func apply(to input: borrowing Matrix, inputColumn: Int, output: inout Matrix, outputColumn: Int) {
        apply(to: input, rows: 0..<input.rows, inputColumn: inputColumn, output: &output, outputColumn: outputColumn)
    }

    /// As above, for some rows of `input`: they are all that `output` gets.
    public func apply(
        to input: borrowing Matrix, rows: Range<Int>, inputColumn: Int = 0, output: inout Matrix, outputColumn: Int = 0
    ) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= input.rows, "rows outside the matrix")
        precondition(inputColumn >= 0 && input.columns - inputColumn >= inputs, "an input that does not fit the layer")
        precondition(outputColumn >= 0 && output.columns - outputColumn >= outputs, "an output that does not fit the layer")
        output.resize(rows: rows.count)
        kernels.table.gemm(
            format.code, rows.count, outputs, inputs, input.pointer(row: rows.lowerBound, column: inputColumn), input.columns,
            packed, bias,
            activation.code, output.mutablePointer(column: outputColumn), output.columns)
    }
}
