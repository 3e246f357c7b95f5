import Tensors

/// `output_projection`: a projector block, then a linear layer to the width of what it predicts.
struct OutputHead: Sendable {
    private let block: ProjectorBlock
    private let linear: Linear  // (hidden, outputs)

    init(_ weights: WeightReader, _ prefix: String, _ configuration: ZeTTConfiguration, outputs: Int) throws(TensorFileError) {
        block = try ProjectorBlock(
            weights, prefix + ".0", hiddenSize: configuration.hiddenSize,
            intermediateSize: configuration.intermediateSize)
        linear = try weights.linear(prefix + ".1", inputs: configuration.hiddenSize, outputs: outputs)
    }

    /// Reads the rows of `hidden` and writes `output`; `intermediate` and `projected` are scratch.
    func apply(
        to hidden: borrowing Matrix, intermediate: inout Matrix, projected: inout Matrix, output: inout Matrix,
        pause: () -> Void
    ) {
        block.apply(to: hidden, intermediate: &intermediate, output: &projected, pause: pause)
        pause()
        linear.apply(to: projected, output: &output)
    }
}
