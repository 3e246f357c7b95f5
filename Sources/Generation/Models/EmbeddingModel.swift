import Foundation
import Hypernetworks
import JSON
import Tensors
import Tokenization

/// A base model's embedding matrices with the hypernetwork that extends them, ready to generate.
public final class EmbeddingModel: Sendable {
    public let name: String
    public let base: EmbeddingMatrices
    public let generator: RowGenerator
    public let surfaceForms: SurfaceFormEncoder
    public let baseTokenizer: BaseTokenizer
    /// What makes rows without the hypernetwork.
    public let trainingFree: TrainingFreeGenerator
    /// "sha256:…" over the hypernetwork's files, both tokenizers, the base matrices, and the weights' format unless it is
    /// float32.
    public let digest: String

    /// Loads a base folder (`config.json`, `model.safetensors`, `tokenizer.json`) and a hypernetwork folder (likewise).
    ///
    /// - Parameters:
    ///   - layout: where the base keeps its matrices; nil to go by its `config.json`.
    ///   - weightFormat: how the hypernetwork's weights are kept in memory.
    ///   - cacheBytes: for finished rows.
    /// - Throws: what the parts throw, each naming the file and what is wrong with it.
    public init(
        name: String, baseFolder: String, hypernetworkFolder: String, layout: EmbeddingLayout? = nil,
        weightFormat: FloatFormat = .float32, cacheBytes: Int = RowGenerator.defaultCacheBytes
    ) throws {
        let baseTokenizer = try BaseTokenizer(Tokenizer(contentsOf: baseFolder + "/tokenizer.json"))
        let hypernetworkTokenizer = try Tokenizer(contentsOf: hypernetworkFolder + "/tokenizer.json")
        let base = try Self.matrices(baseFolder: baseFolder, layout: layout)
        let hypernetwork = try Self.hypernetwork(folder: hypernetworkFolder, base: base, weightFormat: weightFormat)
        self.name = name
        self.base = base
        generator = RowGenerator(hypernetwork, cacheBytes: cacheBytes)
        surfaceForms = SurfaceFormEncoder(
            base: baseTokenizer.tokenizer, hypernetwork: hypernetworkTokenizer,
            baseVocabularySize: hypernetwork.configuration.baseVocabularySize,
            maximumLength: hypernetwork.configuration.maximumLength)
        self.baseTokenizer = baseTokenizer
        trainingFree = TrainingFreeGenerator(
            base, isSeparate: hypernetwork.configuration.hasSeparateOutputEmbeddings, tokenizer: baseTokenizer)
        digest = try Self.digest(
            baseFolder: baseFolder, base: base, hypernetworkFolder: hypernetworkFolder, weightFormat: weightFormat)
    }

    public var hypernetwork: ZeTTHypernetwork { generator.hypernetwork }

    /// What there is of each row.
    public var outputs: Set<RowOutput> {
        var outputs: Set<RowOutput> = [.input]
        if hypernetwork.configuration.hasSeparateOutputEmbeddings { outputs.insert(.output) }
        if hypernetwork.configuration.predictsBias { outputs.insert(.bias) }
        return outputs
    }

    /// What a piece spells; nil for one that spells nothing.
    ///
    /// - Parameter source: what the piece is a part of: a hypernetwork has pieces that the base does not have.
    public func bytes(ofPiece id: Int, of source: RowSource) -> [UInt8]? {
        if case .hypernetwork = source { surfaceForms.bytes(ofPiece: id) } else { baseTokenizer.bytes(of: id) }
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
        baseFolder: String, base: EmbeddingMatrices, hypernetworkFolder: String, weightFormat: FloatFormat
    ) throws -> String {
        var digest = ContentDigest()
        let checkpoint = try Checkpoint(folder: hypernetworkFolder)
        for path in [hypernetworkFolder + "/config.json", hypernetworkFolder + "/tokenizer.json"] + checkpoint.files.map(\.path) {
            digest.add((path as NSString).lastPathComponent, try MappedFile(path: path))
        }
        digest.add("base tokenizer.json", try MappedFile(path: baseFolder + "/tokenizer.json"))
        for tensor in [base.input, base.output, base.bias].compactMap({ $0 }) {
            digest.add("base \(tensor.key)", bytes: tensor.byteRange, of: try MappedFile(path: tensor.path))
        }
        // Rounded weights make other rows.
        if weightFormat != .float32 { digest.add("weights \(weightFormat.rawValue)") }
        return digest.finish()
    }
}
