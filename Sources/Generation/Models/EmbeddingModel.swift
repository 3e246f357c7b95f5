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
    private let tokensIgnoringCaseOnce = ComputedOnce<CaseInsensitiveTokens>()
    /// What reads new tokens.
    public let reader: TokenReader
    /// Nil for a base without a hypernetwork.
    public let predictor: Predictor?
    /// What finds the words that new tokens stand in; nil for a model without word vectors.
    public let words: WordContexts?
    /// Of the base's input matrix, where it is factorised.
    public let factorization: Factorization?
    /// What new tokens are compared with the base's in; nil for a model without vectors of the base's tokens.
    public let wordSpace: WordSpace?
    /// Nil for a model without a donor.
    public let donor: Donor?
    /// What makes rows without a hypernetwork.
    public let trainingFree: TrainingFreeGenerator
    /// "sha256:…" over everything that decides about rows: `ModelFiles.digest`.
    public let digest: String
    /// What the digest is taken of.
    public let parts: [ModelFiles.Part]

    /// Opens files and loads the model.
    ///
    /// - Throws: what the parts throw, each naming the file and what is wrong with it.
    public convenience init(
        name: String, paths: ModelPaths, weightFormat: FloatFormat = .float32,
        cacheBytes: Int = RowGenerator.defaultCacheBytes
    ) throws {
        try self.init(name: name, files: ModelFiles(paths), weightFormat: weightFormat, cacheBytes: cacheBytes)
    }

    /// Loads what has been opened.
    ///
    /// - Parameters:
    ///   - weightFormat: how the hypernetwork's weights are kept in memory.
    ///   - cacheBytes: for finished rows.
    ///   - old: whose place it takes: what was counted of that goes on.
    /// - Throws: what the parts throw, each naming the file and what is wrong with it.
    public init(
        name: String, files: ModelFiles, weightFormat: FloatFormat = .float32, cacheBytes: Int = RowGenerator.defaultCacheBytes,
        replacing old: EmbeddingModel? = nil
    ) throws {
        let tokenizer = try Tokenizer(contentsOf: files.baseTokenizer)
        self.name = name
        base = files.base
        baseTokenizer = try BaseTokenizer(tokenizer)
        factorization = files.factorization
        var specialTokens = tokenizer
        var surfaceForms: SurfaceFormEncoder?
        var maximumWords = WordContexts.defaultMaximumSize
        let hypernetwork: Hypernetwork?
        switch files.hypernetwork {
        case .zett(let configuration, let ownTokenizer, let checkpoint)?:
            hypernetwork = .zett(try Self.hypernetwork(configuration, checkpoint, base: base, weightFormat: weightFormat))
            specialTokens = try Tokenizer(contentsOf: ownTokenizer)
            surfaceForms = SurfaceFormEncoder(
                hypernetwork: specialTokens, baseVocabularySize: configuration.baseVocabularySize,
                maximumLength: configuration.maximumLength)
        case .hyperOFA(let configuration, let checkpoint)?:
            hypernetwork = .hyperOFA(
                try HyperOFAHypernetwork(
                    configuration: configuration, checkpoint: checkpoint, factorization: factorization, weightFormat: weightFormat))
            maximumWords = configuration.maximumWords
            try files.wordVectors?.check(against: configuration)
        case nil: hypernetwork = nil
        }
        predictor = hypernetwork.map { hypernetwork in
            Predictor(
                generator: RowGenerator(hypernetwork, cacheBytes: cacheBytes, replacing: old?.predictor?.generator),
                surfaceForms: surfaceForms)
        }
        reader = TokenReader(base: tokenizer, specialTokens: specialTokens)
        words = files.wordVectors.map { [baseTokenizer] in WordContexts($0, base: baseTokenizer, maximumSize: maximumWords) }
        wordSpace = try files.wordSpace.flatMap { [base, baseTokenizer] space in
            try files.wordVectors.map { try WordSpace(space, words: $0, base: baseTokenizer, baseRows: base.rows) }
        }
        donor = try files.donor.map { [base, baseTokenizer] in try Donor($0, base: baseTokenizer, baseRows: base.rows) }
        trainingFree = TrainingFreeGenerator(base, tokenizer: baseTokenizer)
        digest = files.digest(weightFormat: weightFormat)
        parts = files.parts
    }

    /// Does what the first requests would have to wait for: reads the base's rows and takes their statistics, and runs the
    /// hypernetwork once.
    public func warmUp() {
        trainingFree.takeStatistics()
        guard let hypernetwork = predictor?.hypernetwork else { return }
        var workspace = HypernetworkWorkspace()
        hypernetwork.predict(hypernetwork.warmUpTokens[...], workspace: &workspace)
    }

    /// The base's tokens by their text in lower case. An index of them is made when it is first asked for.
    var tokensIgnoringCase: CaseInsensitiveTokens { tokensIgnoringCaseOnce { CaseInsensitiveTokens(baseTokenizer) } }

    /// Bytes of the files that it reads rows from: pages of the system's, which other processes share.
    public var mappedBytes: Int {
        let tensors =
            [
                base.input, base.output, base.bias, words?.vectors.vectors, factorization?.primitives, wordSpace?.tokenVectors,
                donor?.table.embeddings,
            ].compactMap(\.self)
            + (predictor?.hypernetwork.mappedTables ?? [])
        return Dictionary(tensors.map { (ObjectIdentifier($0.file), $0.file.count) }, uniquingKeysWith: { first, _ in first })
            .values.reduce(0, +)
    }

    /// What there is of each row: what the hypernetwork predicts, or else what the base has; and coordinates of all rows where the base
    /// is factorised.
    public var rowShape: RowShape {
        var shape =
            predictor?.hypernetwork.rowShape
            ?? RowShape(dimension: base.dimension, hasOutput: base.output != nil, hasBias: base.bias != nil)
        shape.coordinates = factorization?.rank
        return shape
    }

    /// The methods that it has what they need for.
    public var methods: [Method] {
        Method.allCases.filter { method in
            switch method {
            case .hypernetwork: predictor != nil
            case .wordVectors: wordSpace != nil
            case .omp, .interpolation: donor != nil
            case .mean, .weighted, .merge, .normal, .multivariate, .script, .description, .explicit: true
            }
        }
    }

    /// Whether a method makes rows of the words that their tokens stand in.
    public func readsWords(for method: Method) -> Bool {
        method == .hypernetwork ? predictor?.hypernetwork.hyperOFA != nil : method == .wordVectors
    }

    /// What a piece spells; nil for one that spells nothing.
    ///
    /// - Parameter source: what the piece is a part of: a hypernetwork has pieces that the base does not have, or reads words.
    public func bytes(ofPiece id: Int, of source: RowSource) -> [UInt8]? {
        switch source {
        case .recipe, .copy: return baseTokenizer.bytes(of: id)
        case .query(let query):
            switch query.comparison {
            case .words: return bytes(ofWord: id)
            case .pursuit, .interpolation: return donor?.tokenizer.bytes(of: id)
            }
        case .hypernetwork:
            guard let surfaceForms = predictor?.surfaceForms else { return bytes(ofWord: id) }
            return surfaceForms.bytes(ofPiece: id)
        }
    }

    private func bytes(ofWord id: Int) -> [UInt8]? { words.map { Array($0.vectors.word(id).utf8) } }

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

extension WordVectors {
    /// - Throws: `ModelLoadError.unusable` if a hypernetwork was trained with other words.
    fileprivate func check(against configuration: HyperOFAConfiguration) throws(ModelLoadError) {
        guard count != configuration.wordCount else { return }
        throw .unusable(
            file: path, reason: "\(count) words, but the hypernetwork was trained with \(configuration.wordCount)")
    }
}

extension Hypernetwork {
    /// A short token and one as long as they get.
    fileprivate var warmUpTokens: [HypernetworkInput] {
        switch self {
        case .zett(let network):
            let configuration = network.configuration
            let ids = (0..<configuration.sourceIDLimit).lazy.filter { $0 != configuration.paddingID }.map { Int32($0) }
            let language = configuration.languages.map { _ in 0 }
            return [1, configuration.maximumLength].map { HypernetworkInput(ids: Array(ids.prefix($0)), language: language) }
        case .hyperOFA(let network):
            let length = min(network.configuration.maximumWords, network.configuration.wordCount)
            return [1, length].map { HypernetworkInput(ids: Array(0..<Int32($0))) }
        }
    }
}

extension Tokenizer {
    init(contentsOf file: MappedFile) throws(TokenizerError) {
        try self.init(parsing: file.bytes(in: 0..<file.count), file: file.path)
    }
}
