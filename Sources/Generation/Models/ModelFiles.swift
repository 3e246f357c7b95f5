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

    /// The embedding matrices of the base.
    public let base: EmbeddingMatrices
    let baseTokenizer: MappedFile
    /// Nil for a base without a hypernetwork.
    let hypernetwork: Hypernetwork?
    let wordVectors: WordVectors?
    let factorization: Factorization?
    public let parts: [Part]

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
        wordVectors = try paths.wordVectors.map(WordVectors.init(path:))
        if let wordVectors { parts.append(Part("word_vectors", of: wordVectors.vectors.file)) }
        inputSHA256 = parts.first { $0.name == "base/" + base.input.key }?.sha256 ?? ""
        factorization = try Self.factorization(paths.factorization, for: hypernetwork, of: base.input, sha256: inputSHA256)
        if let factorization, paths.factorization != nil {
            parts.append(Part("factorization", of: factorization.primitives.file))
        }
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

    /// The SHA-256 of the base's input matrix, 64 hexadecimal digits: what a stored factorisation of it names.
    public let inputSHA256: String

    /// "sha256:…" over a line `NAME BYTES SHA256` for each part, and one with the format that the hypernetwork's weights are
    /// rounded to, which makes other rows.
    public func digest(weightFormat: FloatFormat) -> String {
        var lines = parts.map { "\($0.name) \($0.bytes) \($0.sha256)\n" }.joined()
        if hypernetwork != nil, weightFormat != .float32 { lines += "weights \(weightFormat.rawValue)\n" }
        return "sha256:" + Array(lines.utf8).withUnsafeBytes(ContentDigest.hexadecimal)
    }
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

extension ModelFiles.Part {
    fileprivate init(_ name: String, of file: MappedFile, bytes range: Range<Int>? = nil) {
        let range = range ?? 0..<file.count
        self.init(name: name, bytes: range.count, sha256: file.withBytes(in: range, ContentDigest.hexadecimal))
    }
}
