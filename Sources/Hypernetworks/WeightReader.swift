import Tensors

/// Builds layers from a checkpoint's tensors by PyTorch's naming: `<prefix>.weight` and `<prefix>.bias`.
final class WeightReader {
    let checkpoint: any TensorSource
    let format: FloatFormat
    let kernels: Kernels
    /// Bytes of the packed weights of all layers built so far.
    private(set) var packedByteCount = 0

    init(checkpoint: any TensorSource, format: FloatFormat, kernels: Kernels) {
        self.checkpoint = checkpoint
        self.format = format
        self.kernels = kernels
    }

    func linear(
        _ prefix: String, inputs: Int, outputs: Int, activation: Activation = .none
    ) throws(TensorFileError) -> Linear {
        try linear(stacking: [prefix], inputs: inputs, outputs: outputs, activation: activation)
    }

    /// Several layers of equal shape that read the same input, stacked into one.
    func linear(
        stacking prefixes: [String], inputs: Int, outputs: Int, activation: Activation = .none
    ) throws(TensorFileError) -> Linear {
        var parts: [(weight: MappedTensor, bias: MappedTensor)] = []
        for prefix in prefixes {
            parts.append(
                (
                    try checkpoint.tensor(prefix + ".weight", shape: [outputs, inputs]),
                    try checkpoint.tensor(prefix + ".bias", shape: [outputs])
                ))
        }
        let linear = try Linear(parts, inputs: inputs, activation: activation, format: format, kernels: kernels)
        packedByteCount += linear.packedByteCount
        return linear
    }

    /// A layer whose tensors are named otherwise, its biases added up; none is no bias.
    func linear(weight: String, biases: [String], inputs: Int, outputs: Int) throws(TensorFileError) -> Linear {
        var sum: [Float]?
        for key in biases {
            let bias = try checkpoint.tensor(key, shape: [outputs]).floats()
            sum = sum.map { zip($0, bias).map { $0 + $1 } } ?? bias
        }
        let linear = try Linear(
            checkpoint.tensor(weight, shape: [outputs, inputs]), bias: sum, format: format, kernels: kernels)
        packedByteCount += linear.packedByteCount
        return linear
    }

    /// A layer's outputs dealt out to as many layers of equal size, such as a projection's attention heads.
    func linears(
        splitting prefix: String, parts: Int, inputs: Int, outputs: Int
    ) throws(TensorFileError) -> [Linear] {
        let weight = try checkpoint.tensor(prefix + ".weight", shape: [outputs, inputs])
        let bias = try checkpoint.tensor(prefix + ".bias", shape: [outputs])
        var linears: [Linear] = []
        for rows in Self.split(outputs, into: parts) {
            linears.append(
                try Linear([(weight.rows(rows), bias.rows(rows))], inputs: inputs, format: format, kernels: kernels))
        }
        packedByteCount += linears.reduce(0) { $0 + $1.packedByteCount }
        return linears
    }

    /// The way back through each part of such a layer, from its share of the outputs to the inputs: y = x W, without the bias.
    func linears(
        splittingTransposeOf prefix: String, parts: Int, inputs: Int, outputs: Int
    ) throws(TensorFileError) -> [Linear] {
        let weight = try checkpoint.tensor(prefix + ".weight", shape: [outputs, inputs])
        var linears: [Linear] = []
        for rows in Self.split(outputs, into: parts) {
            linears.append(try Linear(transposing: weight.rows(rows), format: format, kernels: kernels))
        }
        packedByteCount += linears.reduce(0) { $0 + $1.packedByteCount }
        return linears
    }

    private static func split(_ rows: Int, into parts: Int) -> [Range<Int>] {
        (0..<parts).map { $0 * (rows / parts)..<($0 + 1) * (rows / parts) }
    }

    func layerNorm(_ prefix: String, size: Int, epsilon: Float) throws(TensorFileError) -> LayerNorm {
        LayerNorm(
            gamma: try checkpoint.tensor(prefix + ".weight", shape: [size]).floats(),
            beta: try checkpoint.tensor(prefix + ".bias", shape: [size]).floats(), epsilon: epsilon, kernels: kernels)
    }

    /// A scaler `<prefix>.w`, `<prefix>.b`, both [1, size].
    func scaler(_ prefix: String, size: Int) throws(TensorFileError) -> Affine {
        Affine(
            weight: try checkpoint.tensor(prefix + ".w", shape: [1, size]).floats(),
            bias: try checkpoint.tensor(prefix + ".b", shape: [1, size]).floats(), kernels: kernels)
    }

    func table(_ key: String, rows: Int, columns: Int) throws(TensorFileError) -> MappedTensor {
        try checkpoint.tensor(key, shape: [rows, columns])
    }
}
