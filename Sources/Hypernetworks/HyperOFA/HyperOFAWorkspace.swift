import Tensors

/// The scratch memory of one forward pass at a time. A worker keeps one and reuses it: once it has seen its largest batch,
/// the pass allocates nothing for its matrices.
public struct HyperOFAWorkspace: ~Copyable, Sendable {
    private let configuration: HyperOFAConfiguration
    /// What the last pass has predicted, in the order of its tokens, (tokens, output).
    public internal(set) var coordinates: Matrix
    /// The rows that these are in a factorised base, (tokens, dimension); without rows where coordinates are embeddings.
    var embeddings: Matrix
    var words: Matrix  // (rows, word), all words of all tokens
    var encoded: Matrix  // (tokens, 2 · hidden or word)
    var intermediate: Matrix  // (tokens, 2 · output or 2 · word)

    // Of a BiLSTM; without rows for a SetFormer.
    var steps = PackedSteps()
    var states: Matrix  // (rows, 2 · hidden), forward and backward
    var earlierStates: Matrix  // (rows, 2 · hidden), of the layer before
    var lstm: LSTMScratch

    // Of a SetFormer; without rows for a BiLSTM.
    var sets: [Range<Int>] = []
    var setFormer: SetFormerScratch

    /// - Parameter dimension: of the base's rows; nil where only coordinates are wanted.
    public init(_ configuration: HyperOFAConfiguration, dimension: Int? = nil) {
        self.configuration = configuration
        let hiddenSize: Int
        if case .biLSTM(let size) = configuration.encoder { hiddenSize = size } else { hiddenSize = 0 }
        coordinates = Matrix(columns: configuration.outputSize)
        embeddings = Matrix(columns: dimension ?? configuration.outputSize)
        words = Matrix(columns: configuration.wordSize)
        encoded = Matrix(columns: configuration.encodedSize)
        intermediate = Matrix(columns: configuration.intermediateSize)
        states = Matrix(columns: 2 * hiddenSize)
        earlierStates = Matrix(columns: 2 * hiddenSize)
        lstm = LSTMScratch(hiddenSize: hiddenSize)
        setFormer = SetFormerScratch(width: configuration.wordSize)
    }

    func fits(_ configuration: HyperOFAConfiguration, dimension: Int) -> Bool {
        self.configuration == configuration && embeddings.columns == dimension
    }
}

extension HyperOFAConfiguration {
    /// Width of what the encoder makes of a token.
    var encodedSize: Int {
        switch encoder {
        case .biLSTM(let hiddenSize): 2 * hiddenSize
        case .setFormer: wordSize
        }
    }

    /// Width between the two linear layers that follow the encoder.
    var intermediateSize: Int {
        switch encoder {
        case .biLSTM: 2 * outputSize
        case .setFormer: 2 * wordSize
        }
    }
}
