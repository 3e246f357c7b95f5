import Foundation
import Tensors

/// The HyperOFA hypernetwork (Özeren et al., 2025): reads the vectors of the words that a new token occurs in, and predicts its
/// coordinates in the factorised embedding space of the base model.
///
/// Words of different tokens are packed, never padded. Every matrix product sums in one fixed order, so a token's coordinates
/// have the same bits in every batch.
public final class HyperOFAHypernetwork: Sendable {
    public let configuration: HyperOFAConfiguration
    /// Bytes that the packed weights of its layers take.
    public let packedByteCount: Int
    /// The checkpoint's own word vectors, (words + the padding row, word); they stay in their file.
    public let wordVectors: MappedTensor
    /// What turns coordinates into rows of the base; nil where they are rows.
    public let factorization: Factorization?
    private let encoder: Encoder
    private let intermediate: Linear  // (encoded, intermediate)
    private let output: Linear  // (intermediate, output)

    private enum Encoder: Sendable {
        case biLSTM(BiLSTM)
        case setFormer(SetFormer)
    }

    /// Loads a folder of `model_config.yaml` and the Lightning checkpoint `model.ckpt`, for coordinates alone.
    ///
    /// - Throws: `HyperOFAError` or `TensorFileError`.
    public convenience init(folder: String, weightFormat: FloatFormat = .float32, kernels: Kernels = .best) throws {
        try self.init(
            configuration: HyperOFAConfiguration(path: folder + "/" + Self.configurationName),
            checkpoint: TorchCheckpoint(path: folder + "/" + Self.checkpointName), weightFormat: weightFormat, kernels: kernels)
    }

    public static let configurationName = "model_config.yaml"
    public static let checkpointName = "model.ckpt"

    /// Whether a folder is that of such a hypernetwork, by the file of its hyper-parameters.
    public static func isFolder(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path + "/" + configurationName)
    }

    /// - Parameters:
    ///   - checkpoint: the state dictionary of the authors' Lightning module, whose names begin with `model.`.
    ///   - factorization: of the base's input matrix; nil where coordinates are rows.
    /// - Throws: `HyperOFAError.unexpectedTensor` for a checkpoint of more layers than the configuration has, `.wrongRank` for
    ///   a factorisation of another rank than its coordinates have, or `TensorFileError` for a checkpoint that lacks a tensor,
    ///   or has it in another shape.
    public init(
        configuration: HyperOFAConfiguration, checkpoint: any TensorSource, factorization: Factorization? = nil,
        weightFormat: FloatFormat = .float32, kernels: Kernels = .best
    ) throws {
        if let factorization, factorization.rank != configuration.outputSize {
            throw HyperOFAError.wrongRank(factorization.rank, expected: configuration.outputSize)
        }
        let weights = WeightReader(checkpoint: checkpoint, format: weightFormat, kernels: kernels)
        self.configuration = configuration
        wordVectors = try weights.table(
            "model.word_vector_emb_layer.weight", rows: configuration.wordCount + 1, columns: configuration.wordSize)
        let furtherLayer: String
        switch configuration.encoder {
        case .biLSTM(let hiddenSize):
            furtherLayer = "model.lstm.weight_ih_l\(configuration.layers)"
            encoder = .biLSTM(
                try BiLSTM(
                    weights, "model.lstm", inputs: configuration.wordSize, hiddenSize: hiddenSize,
                    layers: configuration.layers))
        case .setFormer(let heads):
            furtherLayer = "model.encoder_block.layers.\(configuration.layers).linear1.weight"
            encoder = .setFormer(
                try SetFormer(
                    weights, "model.encoder_block", width: configuration.wordSize, heads: heads, layers: configuration.layers))
        }
        guard !Self.has(furtherLayer, checkpoint) else { throw HyperOFAError.unexpectedTensor(key: furtherLayer) }
        intermediate = try weights.linear(
            "model.linear_output_layers.0", inputs: configuration.encodedSize, outputs: configuration.intermediateSize,
            activation: .gelu)
        output = try weights.linear(
            "model.linear_output_layers.3", inputs: configuration.intermediateSize, outputs: configuration.outputSize)
        packedByteCount = weights.packedByteCount
        self.factorization = factorization
    }

    /// What it predicts of each row.
    public var rowShape: RowShape {
        guard let factorization else { return RowShape(dimension: configuration.outputSize) }
        return RowShape(dimension: factorization.dimension, coordinates: factorization.rank)
    }

    /// Tables that stay in their files.
    public var mappedTables: [MappedTensor] { [wordVectors] }

    private static func has(_ key: String, _ checkpoint: any TensorSource) -> Bool {
        do throws(TensorFileError) {
            _ = try checkpoint.tensor(key, shape: [])
        } catch {
            if case .missingTensor = error { return false }
        }
        return true
    }

    /// Whether `words` can be given to `predict`.
    ///
    /// - Throws: `HyperOFAError` saying what is wrong with them.
    public func validate(words: [Int32]) throws(HyperOFAError) {
        guard !words.isEmpty else { throw .noWords }
        guard words.count <= configuration.maximumWords else {
            throw .tooManyWords(count: words.count, limit: configuration.maximumWords)
        }
        for id in words {
            guard Int(id) != configuration.wordCount else { throw .paddingWordID(id: Int(id)) }
            guard id >= 0, Int(id) < configuration.wordCount else {
                throw .wordIDOutOfRange(id: Int(id), limit: configuration.wordCount)
            }
        }
    }

    /// Predicts the coordinates of `tokens`, each of them the ids of its words, which must pass `validate`, and leaves them in
    /// `workspace.coordinates`.
    ///
    /// - Parameter pause: called between the matrix products, some milliseconds apart: whoever runs the pass can do there what
    ///   is more urgent.
    public func predict(_ tokens: ArraySlice<[Int32]>, workspace: inout HyperOFAWorkspace, pause: () -> Void = {}) {
        switch encoder {
        case .biLSTM(let biLSTM):
            readSteps(tokens, workspace: &workspace)
            biLSTM.apply(workspace: &workspace, pause: pause)
        case .setFormer(let setFormer):
            readSets(tokens, workspace: &workspace)
            setFormer.apply(workspace: &workspace, pause: pause)
        }
        intermediate.apply(to: workspace.encoded, output: &workspace.intermediate)
        pause()
        output.apply(to: workspace.intermediate, output: &workspace.coordinates)
        factorization?.expand(workspace.coordinates, into: &workspace.embeddings)
    }

    /// Lays the words out step by step.
    private func readSteps(_ tokens: ArraySlice<[Int32]>, workspace: inout HyperOFAWorkspace) {
        workspace.steps.layOut(lengths: tokens.lazy.map(\.count))
        workspace.words.resize(rows: workspace.steps.rows)
        for (token, words) in tokens.enumerated() {
            for (step, id) in words.enumerated() {
                let row = workspace.steps.row(of: token, step: step)
                workspace.words.readRow(Int(id), of: wordVectors, to: row)
            }
        }
    }

    /// Lays the words out token by token.
    private func readSets(_ tokens: ArraySlice<[Int32]>, workspace: inout HyperOFAWorkspace) {
        workspace.sets.removeAll(keepingCapacity: true)
        var end = 0
        for words in tokens {
            workspace.sets.append(end..<end + words.count)
            end += words.count
        }
        workspace.words.resize(rows: end)
        for (words, rows) in zip(tokens, workspace.sets) {
            for (id, row) in zip(words, rows) { workspace.words.readRow(Int(id), of: wordVectors, to: row) }
        }
    }
}
