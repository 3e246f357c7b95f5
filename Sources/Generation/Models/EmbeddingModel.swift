import Foundation
import Hypernetworks
import JSON
import Tensors
import Tokenization

/// A base model's embedding matrices, and what extends them: a hypernetwork that was trained for them, or methods that need none.
public final class EmbeddingModel: Sendable {
    public let name: String
    public let base: EmbeddingMatrices
    public let baseTokenizer: BaseTokenizer
    /// What reads new tokens.
    public let reader: TokenReader
    /// Nil for a base without a hypernetwork.
    public let predictor: Predictor?
    /// What makes rows without a hypernetwork.
    public let trainingFree: TrainingFreeGenerator
    /// "sha256:…" over everything that decides about rows: `ModelFiles.digest`.
    public let digest: String
    /// What the digest is taken of.
    public let parts: [ModelFiles.Part]

    /// Loads a base folder (`config.json`, `model.safetensors`, `tokenizer.json`) and a hypernetwork folder (likewise).
    ///
    /// - Parameters:
    ///   - hypernetworkFolder: nil to do without.
    ///   - layout: where the base keeps its matrices; nil to go by its `config.json`.
    ///   - weightFormat: how the hypernetwork's weights are kept in memory.
    ///   - cacheBytes: for finished rows.
    /// - Throws: what the parts throw, each naming the file and what is wrong with it.
    public convenience init(
        name: String, baseFolder: String, hypernetworkFolder: String?, layout: EmbeddingLayout? = nil,
        weightFormat: FloatFormat = .float32, cacheBytes: Int = RowGenerator.defaultCacheBytes
    ) throws {
        let files = try ModelFiles(baseFolder: baseFolder, hypernetworkFolder: hypernetworkFolder, layout: layout)
        try self.init(name: name, files: files, weightFormat: weightFormat, cacheBytes: cacheBytes)
    }

    /// Loads what has been opened.
    ///
    /// - Parameter old: whose place it takes: what was counted of that goes on.
    /// - Throws: what the parts throw, each naming the file and what is wrong with it.
    public init(
        name: String, files: ModelFiles, weightFormat: FloatFormat = .float32, cacheBytes: Int = RowGenerator.defaultCacheBytes,
        replacing old: EmbeddingModel? = nil
    ) throws {
        let tokenizer = try Tokenizer(contentsOf: files.baseTokenizer)
        let ownTokenizer = try files.hypernetwork.map { try Tokenizer(contentsOf: $0.tokenizer) }
        self.name = name
        base = files.base
        baseTokenizer = try BaseTokenizer(tokenizer)
        reader = TokenReader(base: tokenizer, specialTokens: ownTokenizer ?? tokenizer)
        if let parts = files.hypernetwork, let ownTokenizer {
            let configuration = parts.configuration
            let hypernetwork = try Self.hypernetwork(configuration, parts.checkpoint, base: base, weightFormat: weightFormat)
            predictor = Predictor(
                generator: RowGenerator(hypernetwork, cacheBytes: cacheBytes, replacing: old?.predictor?.generator),
                surfaceForms: SurfaceFormEncoder(
                    hypernetwork: ownTokenizer, baseVocabularySize: configuration.baseVocabularySize,
                    maximumLength: configuration.maximumLength))
        } else {
            predictor = nil
        }
        trainingFree = TrainingFreeGenerator(base, tokenizer: baseTokenizer)
        digest = files.digest(weightFormat: weightFormat)
        parts = files.parts
    }

    /// Does what the first requests would have to wait for: reads the base's rows and takes their statistics, and runs the
    /// hypernetwork once.
    public func warmUp() {
        trainingFree.takeStatistics()
        guard let hypernetwork = predictor?.hypernetwork else { return }
        let configuration = hypernetwork.configuration
        let ids = (0..<configuration.sourceIDLimit).lazy.filter { $0 != configuration.paddingID }.map { Int32($0) }
        let language = configuration.languages.map { _ in 0 }
        let tokens = [1, configuration.maximumLength].map { ZeTTInput(sourceIDs: Array(ids.prefix($0)), language: language) }
        var workspace = ZeTTWorkspace(configuration)
        hypernetwork.predict(tokens[...], workspace: &workspace)
    }

    /// Bytes of the files that it reads rows from: pages of the system's, which other processes share.
    public var mappedBytes: Int {
        let tensors = [base.input, base.output, base.bias].compactMap(\.self) + (predictor?.hypernetwork.mappedTables ?? [])
        return Dictionary(tensors.map { (ObjectIdentifier($0.file), $0.file.count) }, uniquingKeysWith: { first, _ in first })
            .values.reduce(0, +)
    }

    /// What there is of each row: what the hypernetwork predicts, or else what the base has.
    public var outputs: Set<RowOutput> {
        let configuration = predictor?.hypernetwork.configuration
        var outputs: Set<RowOutput> = [.input]
        if configuration?.hasSeparateOutputEmbeddings ?? (base.output != nil) { outputs.insert(.output) }
        if configuration?.predictsBias ?? (base.bias != nil) { outputs.insert(.bias) }
        return outputs
    }

    /// Room for rows.
    func makeRows(_ count: Int) -> GeneratedRows {
        GeneratedRows(
            count: count, dimension: base.dimension, hasOutput: outputs.contains(.output), hasBias: outputs.contains(.bias))
    }

    /// Bytes that one token's rows take.
    var rowBytes: Int { outputs.reduce(0) { $0 + 4 * $1.shape(1, base.dimension).reduce(1, *) } }

    /// What a piece spells; nil for one that spells nothing.
    ///
    /// - Parameter source: what the piece is a part of: a hypernetwork has pieces that the base does not have.
    public func bytes(ofPiece id: Int, of source: RowSource) -> [UInt8]? {
        if case .hypernetwork = source { predictor?.surfaceForms.bytes(ofPiece: id) } else { baseTokenizer.bytes(of: id) }
    }

    /// Finds the embedding matrices in a base folder.
    ///
    /// - Throws: `ModelLoadError` or `TensorFileError`.
    public static func matrices(baseFolder: String, layout: EmbeddingLayout?) throws -> EmbeddingMatrices {
        let checkpoint = try Checkpoint(folder: baseFolder)
        do {
            if let layout { return try EmbeddingMatrices(checkpoint: checkpoint, layout: layout) }
            let file = try MappedFile(path: baseFolder + "/" + ModelFolderKind.configuration)
            let configuration = try ModelFolderKind.base.readConfiguration(file)
            return try EmbeddingMatrices(checkpoint: checkpoint, layout: EmbeddingLayout(configuration: configuration.root))
        } catch let error as EmbeddingLayoutError {
            // The others do not say where.
            if case .noMatrix = error { throw error }
            throw ModelLoadError.unusable(file: baseFolder, reason: "\(error)")
        }
    }

    /// Loads a hypernetwork over a base.
    public static func hypernetwork(
        folder: String, base: EmbeddingMatrices, weightFormat: FloatFormat = .float32
    ) throws -> ZeTTHypernetwork {
        try hypernetwork(
            ZeTTHypernetwork.readConfiguration(folder: folder), Checkpoint(folder: folder), base: base,
            weightFormat: weightFormat)
    }

    /// One that reads input and output rows gets the input matrix twice if the base is tied.
    private static func hypernetwork(
        _ configuration: ZeTTConfiguration, _ checkpoint: Checkpoint, base: EmbeddingMatrices, weightFormat: FloatFormat
    ) throws -> ZeTTHypernetwork {
        let sources = configuration.hasSeparateOutputEmbeddings ? [base.input, base.output ?? base.input] : [base.input]
        do {
            return try ZeTTHypernetwork(
                configuration: configuration, checkpoint: checkpoint, base: sources, weightFormat: weightFormat)
        } catch let error as HypernetworkError {
            throw ModelLoadError.unusable(file: checkpoint.folder, reason: "\(error)")
        }
    }
}

extension Tokenizer {
    fileprivate init(contentsOf file: MappedFile) throws(TokenizerError) {
        try self.init(parsing: file.bytes(in: 0..<file.count), file: file.path)
    }
}
