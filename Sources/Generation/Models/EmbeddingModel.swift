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
    /// "sha256:…" over the hypernetwork's files, both tokenizers, the base matrices, and the weights' format unless it is
    /// float32.
    public let digest: String

    /// Loads a base folder (`config.json`, `model.safetensors`, `tokenizer.json`) and a hypernetwork folder (likewise).
    ///
    /// - Parameters:
    ///   - hypernetworkFolder: nil to do without.
    ///   - layout: where the base keeps its matrices; nil to go by its `config.json`.
    ///   - weightFormat: how the hypernetwork's weights are kept in memory.
    ///   - cacheBytes: for finished rows.
    /// - Throws: what the parts throw, each naming the file and what is wrong with it.
    public init(
        name: String, baseFolder: String, hypernetworkFolder: String?, layout: EmbeddingLayout? = nil,
        weightFormat: FloatFormat = .float32, cacheBytes: Int = RowGenerator.defaultCacheBytes
    ) throws {
        let tokenizer = try Tokenizer(contentsOf: baseFolder + "/tokenizer.json")
        let ownTokenizer = try hypernetworkFolder.map { try Tokenizer(contentsOf: $0 + "/tokenizer.json") }
        self.name = name
        base = try Self.matrices(baseFolder: baseFolder, layout: layout)
        baseTokenizer = try BaseTokenizer(tokenizer)
        reader = TokenReader(base: tokenizer, specialTokens: ownTokenizer ?? tokenizer)
        if let hypernetworkFolder, let ownTokenizer {
            let hypernetwork = try Self.hypernetwork(folder: hypernetworkFolder, base: base, weightFormat: weightFormat)
            predictor = Predictor(
                generator: RowGenerator(hypernetwork, cacheBytes: cacheBytes),
                surfaceForms: SurfaceFormEncoder(
                    hypernetwork: ownTokenizer, baseVocabularySize: hypernetwork.configuration.baseVocabularySize,
                    maximumLength: hypernetwork.configuration.maximumLength))
        } else {
            predictor = nil
        }
        trainingFree = TrainingFreeGenerator(base, tokenizer: baseTokenizer)
        digest = try Self.digest(
            baseFolder: baseFolder, base: base, hypernetworkFolder: hypernetworkFolder, weightFormat: weightFormat)
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
    public static func matrices(baseFolder: String, layout: EmbeddingLayout?) throws -> EmbeddingMatrices {
        let checkpoint = try Checkpoint(folder: baseFolder)
        if let layout { return try EmbeddingMatrices(checkpoint: checkpoint, layout: layout) }
        let file = try MappedFile(path: baseFolder + "/config.json")
        let configuration = try JSONDocument(parsing: file.bytes(in: 0..<file.count)).root
        return try EmbeddingMatrices(checkpoint: checkpoint, layout: EmbeddingLayout(configuration: configuration))
    }

    /// Loads a hypernetwork over a base: one that reads input and output rows gets the input matrix twice if that base is
    /// tied.
    public static func hypernetwork(
        folder: String, base: EmbeddingMatrices, weightFormat: FloatFormat = .float32
    ) throws -> ZeTTHypernetwork {
        let configuration = try ZeTTHypernetwork.readConfiguration(folder: folder)
        let sources = configuration.hasSeparateOutputEmbeddings ? [base.input, base.output ?? base.input] : [base.input]
        return try ZeTTHypernetwork(
            configuration: configuration, checkpoint: Checkpoint(folder: folder), base: sources, weightFormat: weightFormat)
    }

    private static func digest(
        baseFolder: String, base: EmbeddingMatrices, hypernetworkFolder: String?, weightFormat: FloatFormat
    ) throws -> String {
        var digest = ContentDigest()
        if let folder = hypernetworkFolder {
            for path in [folder + "/config.json", folder + "/tokenizer.json"] + (try Checkpoint(folder: folder)).files.map(\.path) {
                digest.add((path as NSString).lastPathComponent, try MappedFile(path: path))
            }
        }
        digest.add("base tokenizer.json", try MappedFile(path: baseFolder + "/tokenizer.json"))
        for tensor in [base.input, base.output, base.bias].compactMap({ $0 }) {
            digest.add("base \(tensor.key)", bytes: tensor.byteRange, of: try MappedFile(path: tensor.path))
        }
        // Rounded weights make other rows.
        if hypernetworkFolder != nil, weightFormat != .float32 { digest.add("weights \(weightFormat.rawValue)") }
        return digest.finish()
    }
}
