import Tensors

/// Builds layers from a checkpoint's tensors by PyTorch's naming: `<prefix>.weight` and `<prefix>.bias`.
final class WeightReader {
    let checkpoint: Checkpoint
    let format: FloatFormat
    let kernels: Kernels
    /// Bytes of the packed weights of all layers built so far.
    private(set) var packedByteCount = 0

    init(checkpoint: Checkpoint, format: FloatFormat, kernels: Kernels) {
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
