import Foundation
import Hypernetworks
import JSON
import Tensors
import Tokenization

/// The files of a model, opened together: what is loaded from them and what their digest is taken of are the same bytes,
/// whatever takes their places in the folder meanwhile.
///
/// Mapped files go on being what they were when others are renamed over them. One that is written to or cut short in place
/// changes under the model that reads it, or ends the process.
public struct ModelFiles: Sendable {
    /// Something that decides what rows come out: a file, or a matrix of the base.
    public struct Part: Sendable, Equatable {
        public let name: String
        public let bytes: Int
        /// 64 hexadecimal digits.
        public let sha256: String
    }

    enum Hypernetwork: Sendable {
        case zett(ZeTTConfiguration, tokenizer: MappedFile, Checkpoint)
        case hyperOFA(HyperOFAConfiguration, TorchCheckpoint)
    }

    struct WordSpace: Sendable {
        let tokenVectors: MappedTensor
        /// Where the tokens' vectors are made of words of another language than new tokens are looked up among.
        let translation: Translation?
    }

    struct Translation: Sendable {
        let words: WordVectors
        let dictionary: TranslationDictionary
    }

    struct Donor: Sendable {
        let tokenizer: MappedFile
        let embeddings: MappedTensor
    }

    /// The embedding matrices of the base.
    public let base: EmbeddingMatrices
    let baseTokenizer: MappedFile
    /// Nil for a base without a hypernetwork.
    let hypernetwork: Hypernetwork?
    let wordVectors: WordVectors?
    let factorization: Factorization?
    /// Nil without vectors of the base's tokens.
    let wordSpace: WordSpace?
    let donor: Donor?
    public let parts: [Part]
    /// The SHA-256 of the base's input matrix, 64 hexadecimal digits: what a stored factorisation of it names.
    public let inputSHA256: String
    /// Likewise of the base's `tokenizer.json`: what stored vectors of its tokens name.
    public let baseTokenizerSHA256: String

    /// - Throws: `ModelLoadError`, `TensorFileError` and others, each naming the file and what is wrong with it.
    public init(_ paths: ModelPaths) throws {
        let names = (paths.layout == nil ? [ModelFolderKind.configuration] : []) + [ModelFolderKind.tokenizer]
        try ModelFolderKind.base.check(paths.base, for: names)
        baseTokenizer = try MappedFile(path: paths.base + "/" + ModelFolderKind.tokenizer)
        let base = try EmbeddingModel.matrices(baseFolder: paths.base, layout: paths.layout)
        self.base = base
        var parts: [Part] = []
        hypernetwork = try paths.hypernetwork.map { try Hypernetwork(folder: $0, parts: &parts) }
        parts.append(Part("base/" + ModelFolderKind.tokenizer, of: baseTokenizer))
        for tensor in [base.input, base.output, base.bias].compactMap(\.self) {
            parts.append(Part("base/" + tensor.key, of: tensor.file, bytes: tensor.byteRange))
        }
        wordVectors = try paths.parts.wordVectors.map(WordVectors.init(path:))
        if let wordVectors { parts.append(Part("word_vectors", of: wordVectors.vectors.file)) }
        inputSHA256 = parts.sha256(of: "base/" + base.input.key)
        baseTokenizerSHA256 = parts.sha256(of: "base/" + ModelFolderKind.tokenizer)
        factorization = try Self.factorization(paths.parts.factorization, for: hypernetwork, of: base.input, sha256: inputSHA256)
        if let factorization, paths.parts.factorization != nil {
            parts.append(Part("factorization", of: factorization.primitives.file))
        }
        wordSpace = try WordSpace(paths, words: wordVectors, baseRows: base.rows, baseTokenizerSHA256, parts: &parts)
        donor = try paths.parts.donor.map { try Donor(folder: $0, parts: &parts) }
        self.parts = parts
    }

    /// The one of a file, or, for a hypernetwork that predicts coordinates, one that is made now.
    private static func factorization(
        _ path: String?, for hypernetwork: Hypernetwork?, of matrix: MappedTensor, sha256: String
    ) throws -> Factorization? {
        if let path { return try Factorization(path: path, of: matrix, sha256: sha256) }
        guard case .hyperOFA(let configuration, _)? = hypernetwork, configuration.outputSize != matrix.rowWidth else { return nil }
        do {
            return try Factorization(making: configuration.outputSize, of: matrix, sha256: sha256)
        } catch let error as FactorizationError {
            throw ModelLoadError.unusable(file: matrix.path, reason: "\(error)")
        }
    }

    /// "sha256:…" over a line `NAME BYTES SHA256` for each part, and one with the format that the hypernetwork's weights are
    /// rounded to, which makes other rows.
    public func digest(weightFormat: FloatFormat) -> String {
        var lines = parts.map { "\($0.name) \($0.bytes) \($0.sha256)\n" }.joined()
        if hypernetwork != nil, weightFormat != .float32 { lines += "weights \(weightFormat.rawValue)\n" }
        return "sha256:" + Array(lines.utf8).withUnsafeBytes(ContentDigest.hexadecimal)
    }
}

extension [ModelFiles.Part] {
    /// Of a part that is there.
    fileprivate func sha256(of name: String) -> String { first { $0.name == name }?.sha256 ?? "" }
}

extension ModelFiles.Hypernetwork {
    /// Opens a folder of either kind and adds its files to `parts`.
    fileprivate init(folder: String, parts: inout [ModelFiles.Part]) throws {
        let files: [MappedFile]
        if HyperOFAHypernetwork.isFolder(folder) {
            let configuration = try MappedFile(path: folder + "/" + HyperOFAHypernetwork.configurationName)
            let checkpoint = try TorchCheckpoint(path: folder + "/" + HyperOFAHypernetwork.checkpointName)
            self = .hyperOFA(try HyperOFAConfiguration(configuration), checkpoint)
            files = [configuration, checkpoint.file]
        } else {
            try ModelFolderKind.hypernetwork.check(folder, for: [ModelFolderKind.configuration, ModelFolderKind.tokenizer])
            let configuration = try MappedFile(path: folder + "/" + ModelFolderKind.configuration)
            let tokenizer = try MappedFile(path: folder + "/" + ModelFolderKind.tokenizer)
            let checkpoint = try Checkpoint(folder: folder)
            self = .zett(try Self.configuration(configuration), tokenizer: tokenizer, checkpoint)
            files = [configuration, tokenizer] + checkpoint.files.map(\.file)
        }
        parts += files.map { ModelFiles.Part("hypernetwork/" + ($0.path as NSString).lastPathComponent, of: $0) }
    }

    private static func configuration(_ file: MappedFile) throws(ModelLoadError) -> ZeTTConfiguration {
        let document = try ModelFolderKind.hypernetwork.readConfiguration(file)
        do throws(HypernetworkError) {
            return try ZeTTConfiguration(document.root)
        } catch {
            throw .unusable(file: file.path, reason: "\(error)")
        }
    }
}

extension ModelFiles.WordSpace {
    /// Opens what there is; nil where nothing of it is asked for.
    fileprivate init?(
        _ paths: ModelPaths, words: WordVectors?, baseRows: Int, _ baseTokenizerSHA256: String, parts: inout [ModelFiles.Part]
    ) throws {
        if paths.parts.sourceWordVectors != nil || paths.parts.dictionary != nil {
            try Self.require(paths.parts.tokenVectors, "token_vectors", for: "dictionary")
            try Self.require(paths.parts.dictionary, "dictionary", for: "source_word_vectors")
            try Self.require(paths.parts.sourceWordVectors, "source_word_vectors", for: "dictionary")
        }
        guard let path = paths.parts.tokenVectors else { return nil }
        try Self.require(paths.parts.wordVectors, "word_vectors", for: "token_vectors")
        guard let words else { return nil }
        translation = try ModelFiles.Translation(paths, to: words, parts: &parts)
        let origin = TokenVectors.Origin(
            wordVectors: parts.sha256(of: translation == nil ? "word_vectors" : "source_word_vectors"),
            baseTokenizer: baseTokenizerSHA256)
        tokenVectors = try TokenVectors(path: path, of: translation?.words ?? words, baseRows: baseRows, origin: origin).vectors
        parts.append(ModelFiles.Part("token_vectors", of: tokenVectors.file))
    }

    private static func require(_ path: String?, _ name: String, for other: String) throws(ModelLoadError) {
        if path == nil { throw .missingPart(name, neededFor: other) }
    }
}

extension ModelFiles.Translation {
    fileprivate init?(_ paths: ModelPaths, to target: WordVectors, parts: inout [ModelFiles.Part]) throws {
        guard let source = paths.parts.sourceWordVectors, let path = paths.parts.dictionary else { return nil }
        words = try WordVectors(path: source)
        guard words.dimension == target.dimension else {
            throw ModelLoadError.unusable(
                file: source,
                reason: "vectors of \(words.dimension) numbers cannot be aligned with word_vectors, which have \(target.dimension)")
        }
        dictionary = try TranslationDictionary(path: path)
        parts += [
            ModelFiles.Part("source_word_vectors", of: words.vectors.file), ModelFiles.Part("dictionary", of: dictionary.file),
        ]
    }
}

extension ModelFiles.Donor {
    fileprivate init(folder: String, parts: inout [ModelFiles.Part]) throws {
        try ModelFolderKind.base.check(folder, for: [ModelFolderKind.configuration, ModelFolderKind.tokenizer])
        tokenizer = try MappedFile(path: folder + "/" + ModelFolderKind.tokenizer)
        embeddings = try EmbeddingModel.matrices(baseFolder: folder, layout: nil).input
        parts += [
            ModelFiles.Part("donor/" + ModelFolderKind.tokenizer, of: tokenizer),
            ModelFiles.Part("donor/" + embeddings.key, of: embeddings.file, bytes: embeddings.byteRange),
        ]
    }
}

extension ModelFiles.Part {
    fileprivate init(_ name: String, of file: MappedFile, bytes range: Range<Int>? = nil) {
        let range = range ?? 0..<file.count
        self.init(name: name, bytes: range.count, sha256: file.withBytes(in: range, ContentDigest.hexadecimal))
    }
}
