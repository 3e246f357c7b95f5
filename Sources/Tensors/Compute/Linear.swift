import CKernels

/// What a linear layer applies to its output.
public enum Activation: Sendable {
    case none
    /// x Φ(x), the exact GELU.
    case gelu
    /// The tanh approximation of GELU.
    case geluTanh

    fileprivate var code: ck_activation {
        switch self {
        case .none: CK_ACTIVATION_NONE
        case .gelu: CK_ACTIVATION_GELU_ERF
        case .geluTanh: CK_ACTIVATION_GELU_TANH
        }
    }
}

/// A linear layer y = activation(x Wᵀ + b) whose weights are packed once for the processor's matrix kernel.
///
/// Every output element is one sum over the inputs in ascending order, so a row's bits depend neither on how many rows are
/// multiplied with it nor on their order.
public final class Linear: @unchecked Sendable {
    public let inputs: Int
    public let outputs: Int
    private let activation: Activation
    // Written while `init` runs, only read afterwards.
    private let packed: UnsafeMutablePointer<Float>
    private let bias: UnsafeMutablePointer<Float>
    private let kernels: Kernels

    /// Stacks `parts` on top of each other: several layers that share their input become one multiplication.
    ///
    /// - Parameter parts: weights [outputs, inputs] and bias [outputs] of each, as PyTorch stores them.
    /// - Throws: `TensorFileError.unsupportedType` for elements that are no 16- or 32-bit floats.
    public init(
        _ parts: [(weight: MappedTensor, bias: MappedTensor)], inputs: Int, activation: Activation = .none,
        kernels: Kernels = .best
    ) throws(TensorFileError) {
        self.inputs = inputs
        outputs = parts.reduce(0) { $0 + $1.bias.elementCount }
        self.activation = activation
        self.kernels = kernels
        packed = Self.allocate(ck_packed_count(kernels.pointer, outputs, inputs))
        bias = Self.allocate(outputs)
        var column = 0
        for part in parts {
            let partOutputs = part.bias.elementCount
            precondition(part.weight.shape == [partOutputs, inputs], "weights that do not fit the bias or the inputs")
            let weight = try part.weight.floats()
            (bias + column).update(from: try part.bias.floats(), count: partOutputs)
            kernels.table.pack(column, partOutputs, inputs, weight, inputs, packed)
            column += partOutputs
        }
    }

    /// A layer from numbers in memory.
    ///
    /// - Parameters:
    ///   - weight: [outputs, inputs] in row-major order.
    ///   - bias: [outputs].
    public init(weight: [Float], bias: [Float], inputs: Int, activation: Activation = .none, kernels: Kernels = .best) {
        precondition(weight.count == bias.count * inputs, "weights that do not fit the bias")
        self.inputs = inputs
        outputs = bias.count
        self.activation = activation
        self.kernels = kernels
        packed = Self.allocate(ck_packed_count(kernels.pointer, outputs, inputs))
        self.bias = Self.allocate(outputs)
        self.bias.update(from: bias, count: outputs)
        kernels.table.pack(0, outputs, inputs, weight, inputs, packed)
    }

    deinit {
        packed.deallocate()
        bias.deallocate()
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
            .bindMemory(to: Float.self, capacity: count)
    }

    /// Applies the layer to every row of `input`; `output` gets as many rows.
    public func apply(to input: borrowing Matrix, output: inout Matrix) {
        precondition(input.columns == inputs && output.columns == outputs, "matrices that do not fit the layer")
        output.resize(rows: input.rows)
        kernels.table.gemm(
            input.rows, outputs, inputs, input.pointer(), inputs, packed, bias, activation.code,
            output.mutablePointer(), outputs)
    }
}
