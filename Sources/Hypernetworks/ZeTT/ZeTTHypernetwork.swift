import Foundation
import JSON
import Tensors

/// The ZeTT hypernetwork (Minixhofer et al., arXiv 2405.07883): a transformer encoder that reads the base embeddings of a
/// token's source pieces and predicts the token's own.
///
/// Sequences are packed behind one another, never padded; a sequence only ever attends to itself. Every matrix product sums
/// in one fixed order, so a token's rows have the same bits in every batch.
public final class ZeTTHypernetwork: Sendable {
    public let configuration: ZeTTConfiguration
    /// Bytes that the packed weights of its layers take.
    public let packedByteCount: Int
    private let sources: SourceEmbeddings
    private let inputLinear: Linear  // (source width, hidden)
    private let inputBlock: ProjectorBlock
    /// The projected input of a source id is the same for every token, so it is computed once.
    private let projectedSources: SharedRows  // (source ids, hidden)
    /// A source id at a position enters the first layer as the same row in every token, and so does a language.
    private let firstQueryKeyValue: SharedRows  // (source ids · maximum length + languages, 3 · hidden)
    /// Position and token-type rows, added up, for each position.
    private let positions: [[Float]]  // (maximum length, hidden)
    private let languages: MappedTensor?  // (languages, hidden)
    private let embeddingNorm: LayerNorm
    private let layers: [EncoderLayer]
    private let finalLayer: FinalEncoderLayer
    private let heads: Heads
    private let inputScaler: Affine?
    private let outputScaler: Affine?
    private let biasHead: Linear?  // (hidden, 1)

    private enum Heads: Sendable {
        case tied(OutputHead)
        /// One head of width 2 · embedding.
        case joint(OutputHead)
        case separate(input: OutputHead, output: OutputHead)
    }

    /// Most memory that projected source rows may take: enough for every id of a base of 87,000 rows at hidden 768.
    private static let projectedSourceBytes = 256 << 20
    /// Most memory that rows of the first layer may take: 29,000 of them at hidden 768, which is most of what new words are made of.
    private static let firstLayerBytes = 256 << 20

    /// Loads a hypernetwork folder (`config.json` and `model.safetensors`, or its shards) for a base model.
    ///
    /// - Parameter base: the base's input matrix, and its output matrix if the hypernetwork reads both; or one matrix that
    ///   holds the two side by side.
    /// - Throws: `HypernetworkError` or `TensorFileError`.
    public convenience init(
        folder: String, base: [MappedTensor], weightFormat: FloatFormat = .float32, kernels: Kernels = .best
    ) throws {
        let configuration = try Self.readConfiguration(folder: folder)
        try self.init(
            configuration: configuration, checkpoint: Checkpoint(folder: folder), base: base, weightFormat: weightFormat,
            kernels: kernels)
    }

    /// Reads the `config.json` of a hypernetwork folder.
    ///
    /// - Throws: `HypernetworkError`.
    public static func readConfiguration(folder: String) throws(HypernetworkError) -> ZeTTConfiguration {
        let path = folder + "/config.json"
        let document: JSONDocument
        do {
            let file = try MappedFile(path: path)
            document = try JSONDocument(parsing: file.bytes(in: 0..<file.count))
        } catch {
            throw .unreadableConfiguration(file: path, reason: "\(error)")
        }
        return try ZeTTConfiguration(document.root)
    }

    public init(
        configuration: ZeTTConfiguration, checkpoint: Checkpoint, base: [MappedTensor],
        weightFormat: FloatFormat = .float32, kernels: Kernels = .best
    ) throws {
        let weights = WeightReader(checkpoint: checkpoint, format: weightFormat, kernels: kernels)
        let hiddenSize = configuration.hiddenSize
        self.configuration = configuration
        sources = try SourceEmbeddings(weights, configuration, base: base)
        inputLinear = try weights.linear("input_projection.0", inputs: configuration.sourceWidth, outputs: hiddenSize)
        inputBlock = try ProjectorBlock(
            weights, "input_projection.1", hiddenSize: hiddenSize, intermediateSize: configuration.intermediateSize)
        projectedSources = SharedRows(
            ids: configuration.sourceIDLimit, columns: hiddenSize,
            capacity: Self.projectedSourceBytes / (4 * hiddenSize))
        firstQueryKeyValue = SharedRows(
            ids: configuration.sourceIDLimit * configuration.maximumLength + (configuration.languages ?? 0),
            columns: 3 * hiddenSize, capacity: Self.firstLayerBytes / (12 * hiddenSize))
        positions = try Self.readPositions(checkpoint, configuration)
        languages = try configuration.languages.map {
            try weights.table("lang_embeddings.weight", rows: $0, columns: hiddenSize)
        }
        embeddingNorm = try weights.layerNorm("model.embeddings.LayerNorm", size: hiddenSize, epsilon: 1e-5)
        layers = try (0..<configuration.layers - 1).map {
            try EncoderLayer(weights, "model.encoder.layer.\($0)", configuration)
        }
        finalLayer = try FinalEncoderLayer(
            weights, "model.encoder.layer.\(configuration.layers - 1)", configuration)
        heads = try Self.readHeads(weights, configuration)
        let embeddingSize = configuration.embeddingSize
        inputScaler = configuration.rescalesEmbeddings ? try weights.scaler("scaler", size: embeddingSize) : nil
        outputScaler =
            configuration.rescalesEmbeddings && configuration.hasSeparateOutputEmbeddings
            ? try weights.scaler("out_scaler", size: embeddingSize) : nil
        biasHead =
            configuration.predictsBias ? try weights.linear("bias_projection", inputs: hiddenSize, outputs: 1) : nil
        packedByteCount = weights.packedByteCount
    }

    /// Tables of its own that stay in their files.
    public var mappedTables: [MappedTensor] { [sources.fallback] + [languages].compactMap(\.self) }

    private static func readPositions(
        _ checkpoint: Checkpoint, _ configuration: ZeTTConfiguration
    ) throws(TensorFileError) -> [[Float]] {
        let key = "model.embeddings.position_embeddings.weight"
        let hiddenSize = configuration.hiddenSize
        // The table has RoBERTa's 514 rows whatever the longest surface form; only the first are ever used.
        guard let table = checkpoint[key], table.shape.count == 2, table.rowCount >= configuration.maximumLength else {
            throw .wrongShape(
                key: key, file: checkpoint.folder, expected: [configuration.maximumLength, hiddenSize],
                found: checkpoint[key]?.shape ?? [])
        }
        let positions = try checkpoint.tensor(key, shape: [table.rowCount, hiddenSize]).floats()
        let types = try checkpoint.tensor("model.embeddings.token_type_embeddings.weight", shape: [1, hiddenSize]).floats()
        return (0..<configuration.maximumLength).map { position in
            zip(positions[position * hiddenSize..<(position + 1) * hiddenSize], types).map { $0 + $1 }
        }
    }

    private static func readHeads(
        _ weights: WeightReader, _ configuration: ZeTTConfiguration
    ) throws(TensorFileError) -> Heads {
        let embeddingSize = configuration.embeddingSize
        guard configuration.hasSeparateOutputEmbeddings else {
            return .tied(try OutputHead(weights, "output_projection", configuration, outputs: embeddingSize))
        }
        if configuration.hasSingleHead {
            return .joint(try OutputHead(weights, "output_projection", configuration, outputs: 2 * embeddingSize))
        }
        return .separate(
            input: try OutputHead(weights, "output_projection", configuration, outputs: embeddingSize),
            output: try OutputHead(weights, "output_projection_out", configuration, outputs: embeddingSize))
    }

    /// Whether `sourceIDs` can be given to `generate`.
    ///
    /// - Throws: `HypernetworkError` saying what is wrong with them.
    public func validate(sourceIDs: [Int32]) throws(HypernetworkError) {
        guard !sourceIDs.isEmpty else { throw .emptySequence }
        guard sourceIDs.count <= configuration.maximumLength else {
            throw .sequenceTooLong(count: sourceIDs.count, limit: configuration.maximumLength)
        }
        for id in sourceIDs {
            guard id >= 0, Int(id) < configuration.sourceIDLimit else {
                throw .sourceIDOutOfRange(id: Int(id), limit: configuration.sourceIDLimit)
            }
            // A lone padding id is the padding token itself; within a sequence it would be masked away.
            guard sourceIDs.count == 1 || Int(id) != configuration.paddingID else { throw .paddingSourceID(id: Int(id)) }
        }
    }

    /// Predicts the rows of `tokens`, each of which must pass `validate` and name a language if the hypernetwork reads one.
    public func generate(_ tokens: ArraySlice<HypernetworkInput>, workspace: inout ZeTTWorkspace) -> GeneratedRows {
        predict(tokens, workspace: &workspace)
        let rows = GeneratedRows(count: tokens.count, shape: configuration.rowShape)
        for token in 0..<tokens.count { rows.store(token, from: workspace, token: token) }
        return rows
    }

    /// Predicts the rows of `tokens` and leaves them in `workspace`, from where `GeneratedRows.store` takes them.
    ///
    /// - Parameter pause: called between the matrix products, a few milliseconds apart: whoever runs the pass can do there what is
    ///   more urgent.
    public func predict(_ tokens: ArraySlice<HypernetworkInput>, workspace: inout ZeTTWorkspace, pause: () -> Void = {}) {
        embed(tokens, workspace: &workspace, pause: pause)
        layers.first?.apply(
            sequences: workspace.sequences, keys: workspace.keys, kept: firstQueryKeyValue, workspace: &workspace, pause: pause)
        for layer in layers.dropFirst() {
            layer.apply(sequences: workspace.sequences, workspace: &workspace, pause: pause)
        }
        finalLayer.apply(sequences: workspace.sequences, workspace: &workspace, pause: pause)
        applyHeads(workspace: &workspace, pause: pause)
    }

    /// Lays the tokens' rows behind one another in `workspace.hidden`: projected pieces with their positions, then the
    /// language row, all normalised.
    private func embed(_ tokens: ArraySlice<HypernetworkInput>, workspace: inout ZeTTWorkspace, pause: () -> Void) {
        layOutSequences(tokens, workspace: &workspace)
        projectSources(tokens, workspace: &workspace, pause: pause)
        for (token, rows) in zip(tokens, workspace.sequences) {
            for position in token.ids.indices {
                workspace.hidden.add(positions[position], toRow: rows.lowerBound + position)
            }
            if let languages, let language = token.language {
                // The authors subtract the position and type rows that their encoder will add, so the language row enters
                // the norm as it is.
                workspace.hidden.readRow(language, of: languages, to: rows.upperBound - 1)
            }
        }
        embeddingNorm.apply(to: &workspace.hidden)
    }

    private func layOutSequences(_ tokens: ArraySlice<HypernetworkInput>, workspace: inout ZeTTWorkspace) {
        workspace.sequences.removeAll(keepingCapacity: true)
        workspace.keys.removeAll(keepingCapacity: true)
        var rows = 0
        for token in tokens {
            precondition(languages == nil || token.language != nil, "a token without a language")
            let length = token.ids.count + (languages == nil ? 0 : 1)
            workspace.sequences.append(rows..<rows + length)
            for (position, id) in token.ids.enumerated() {
                workspace.keys.append(Int(id) * configuration.maximumLength + position)
            }
            if let language = token.language, languages != nil {
                workspace.keys.append(configuration.sourceIDLimit * configuration.maximumLength + language)
            }
            rows += length
        }
        workspace.hidden.resize(rows: rows)
    }

    /// Fills the piece rows of `workspace.hidden` with `input_projection` of their source ids.
    private func projectSources(_ tokens: ArraySlice<HypernetworkInput>, workspace: inout ZeTTWorkspace, pause: () -> Void) {
        workspace.sourceRowByID.removeAll(keepingCapacity: true)
        workspace.waitingRows.removeAll(keepingCapacity: true)
        for (token, rows) in zip(tokens, workspace.sequences) {
            for (row, id) in zip(rows, token.ids)
            where !projectedSources.load(Int(id), into: &workspace.hidden, row: row) {
                let sourceRow = workspace.sourceRowByID[id] ?? workspace.sourceRowByID.count
                workspace.sourceRowByID[id] = sourceRow
                workspace.waitingRows.append((sourceRow, row))
            }
        }
        guard !workspace.waitingRows.isEmpty else { return }

        workspace.source.resize(rows: workspace.sourceRowByID.count)
        for (id, sourceRow) in workspace.sourceRowByID {
            sources.read(Int(id), into: &workspace.source, row: sourceRow)
        }
        inputLinear.apply(to: workspace.source, output: &workspace.linearSource)
        pause()
        inputBlock.apply(
            to: workspace.linearSource, intermediate: &workspace.intermediate, output: &workspace.projectedSource,
            pause: pause)
        pause()
        for (id, sourceRow) in workspace.sourceRowByID {
            projectedSources.store(Int(id), from: workspace.projectedSource, row: sourceRow)
        }
        for (sourceRow, row) in workspace.waitingRows {
            workspace.hidden.copyRow(sourceRow, of: workspace.projectedSource, to: row)
        }
    }

    /// Turns the encoder's first rows in `workspace.hidden` into embeddings and biases.
    private func applyHeads(workspace: inout ZeTTWorkspace, pause: () -> Void) {
        switch heads {
        case .tied(let head):
            head.apply(
                to: workspace.hidden, intermediate: &workspace.intermediate, projected: &workspace.headProjected,
                output: &workspace.inputEmbeddings, pause: pause)
        case .separate(let inputHead, let outputHead):
            inputHead.apply(
                to: workspace.hidden, intermediate: &workspace.intermediate, projected: &workspace.headProjected,
                output: &workspace.inputEmbeddings, pause: pause)
            pause()
            outputHead.apply(
                to: workspace.hidden, intermediate: &workspace.intermediate, projected: &workspace.headProjected,
                output: &workspace.outputEmbeddings, pause: pause)
        case .joint(let head):
            head.apply(
                to: workspace.hidden, intermediate: &workspace.intermediate, projected: &workspace.headProjected,
                output: &workspace.jointEmbeddings, pause: pause)
            workspace.jointEmbeddings.split(into: &workspace.inputEmbeddings, and: &workspace.outputEmbeddings)
        }
        inputScaler?.apply(to: &workspace.inputEmbeddings)
        outputScaler?.apply(to: &workspace.outputEmbeddings)
        biasHead?.apply(to: workspace.hidden, output: &workspace.bias)
    }
}
