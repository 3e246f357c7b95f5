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

    struct Hypernetwork: Sendable {
        let configuration: ZeTTConfiguration
        let tokenizer: MappedFile
        let checkpoint: Checkpoint
    }

    /// The embedding matrices of the base.
    public let base: EmbeddingMatrices
    let baseTokenizer: MappedFile
    /// Nil for a base without a hypernetwork.
    let hypernetwork: Hypernetwork?
    public let parts: [Part]

    /// - Parameters:
    ///   - hypernetworkFolder: nil to do without.
    ///   - layout: where the base keeps its matrices; nil to go by its `config.json`.
    /// - Throws: `ModelLoadError`, `TensorFileError`, each naming the file and what is wrong with it.
    public init(baseFolder: String, hypernetworkFolder: String?, layout: EmbeddingLayout? = nil) throws {
        let names = (layout == nil ? [ModelFolderKind.configuration] : []) + [ModelFolderKind.tokenizer]
        try ModelFolderKind.base.check(baseFolder, for: names)
        baseTokenizer = try MappedFile(path: baseFolder + "/" + ModelFolderKind.tokenizer)
        base = try EmbeddingModel.matrices(baseFolder: baseFolder, layout: layout)
        var parts: [Part] = []
        if let folder = hypernetworkFolder {
            try ModelFolderKind.hypernetwork.check(folder, for: [ModelFolderKind.configuration, ModelFolderKind.tokenizer])
            let configuration = try MappedFile(path: folder + "/" + ModelFolderKind.configuration)
            let hypernetwork = Hypernetwork(
                configuration: try Self.configuration(configuration),
                tokenizer: try MappedFile(path: folder + "/" + ModelFolderKind.tokenizer),
                checkpoint: try Checkpoint(folder: folder))
            for file in [configuration, hypernetwork.tokenizer] + hypernetwork.checkpoint.files.map(\.file) {
                parts.append(Part("hypernetwork/" + (file.path as NSString).lastPathComponent, of: file))
            }
            self.hypernetwork = hypernetwork
        } else {
            hypernetwork = nil
        }
        parts.append(Part(Self.baseTokenizerName, of: baseTokenizer))
        for tensor in [base.input, base.output, base.bias].compactMap(\.self) {
            parts.append(Part(Self.partName(of: tensor), of: tensor.file, bytes: tensor.byteRange))
        }
        self.parts = parts
    }

    private static func configuration(_ file: MappedFile) throws(ModelLoadError) -> ZeTTConfiguration {
        let document = try ModelFolderKind.hypernetwork.readConfiguration(file)
        do throws(HypernetworkError) {
            return try ZeTTConfiguration(document.root)
        } catch {
            throw .unusable(file: file.path, reason: "\(error)")
        }
    }

    /// The SHA-256 of the base's input matrix, 64 hexadecimal digits: what a stored factorisation of it names.
    public var inputSHA256: String {
        parts.first { $0.name == Self.partName(of: base.input) }?.sha256 ?? ""
    }

    /// The SHA-256 of the base's `tokenizer.json`: what stored vectors of its tokens name.
    public var baseTokenizerSHA256: String {
        parts.first { $0.name == Self.baseTokenizerName }?.sha256 ?? ""
    }

    private static let baseTokenizerName = "base/" + ModelFolderKind.tokenizer

    private static func partName(of tensor: MappedTensor) -> String { "base/" + tensor.key }

    /// "sha256:…" over a line `NAME BYTES SHA256` for each part, and one with the format that the hypernetwork's weights are
    /// rounded to, which makes other rows.
    public func digest(weightFormat: FloatFormat) -> String {
        var lines = parts.map { "\($0.name) \($0.bytes) \($0.sha256)\n" }.joined()
        if hypernetwork != nil, weightFormat != .float32 { lines += "weights \(weightFormat.rawValue)\n" }
        return "sha256:" + Array(lines.utf8).withUnsafeBytes(ContentDigest.hexadecimal)
    }
}

extension ModelFiles.Part {
    fileprivate init(_ name: String, of file: MappedFile, bytes range: Range<Int>? = nil) {
        let range = range ?? 0..<file.count
        self.init(name: name, bytes: range.count, sha256: file.withBytes(in: range, ContentDigest.hexadecimal))
    }
}
