import Tensors

/// y = LayerNorm(x + gelu(dense2(gelu(dense1(x))))), GELU in its tanh approximation.
struct ProjectorBlock: Sendable {
    private let dense1: Linear  // (hidden, intermediate)
    private let dense2: Linear  // (intermediate, hidden)
    private let layerNorm: LayerNorm

    init(_ weights: WeightReader, _ prefix: String, hiddenSize: Int, intermediateSize: Int) throws(TensorFileError) {
        dense1 = try weights.linear(prefix + ".dense1", inputs: hiddenSize, outputs: intermediateSize, activation: .geluTanh)
        dense2 = try weights.linear(prefix + ".dense2", inputs: intermediateSize, outputs: hiddenSize, activation: .geluTanh)
        layerNorm = try weights.layerNorm(prefix + ".ln", size: hiddenSize, epsilon: 1e-6)
    }

    /// Reads the rows of `input` and writes `output`; `intermediate` is scratch.
    func apply(to input: borrowing Matrix, intermediate: inout Matrix, output: inout Matrix, pause: () -> Void) {
        dense1.apply(to: input, output: &intermediate)
        pause()
        dense2.apply(to: intermediate, output: &output)
        layerNorm.apply(to: &output, addingResidual: input)
    }
}
