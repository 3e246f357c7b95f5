import Foundation
import JSON
import Tensors
import Tokenization

/// A Hugging Face model folder: config.json, the weights as one safetensors file or as shards with their index, tokenizer.json,
/// and what else lies there.
public struct ModelFolder: Sendable {
    public let path: String
    public let configuration: JSONDocument
    public let checkpoint: Checkpoint
    public let layout: EmbeddingLayout
    public let matrices: EmbeddingMatrices
    public let tokenizer: Tokenizer
    /// tokenizer.json, which `tokenizer` was read from.
    let tokenizerDocument: JSONDocument

    private static let configurationName = "config.json"
    private static let tokenizerName = "tokenizer.json"

    /// - Parameter layout: where the model keeps its matrices; nil to go by its config.json.
    /// - Throws: `ModelFolderError`, `TensorFileError`, `TokenizerError` or `EmbeddingLayoutError`, each naming the file and
    ///   what is wrong with it.
    public init(path: String, layout: EmbeddingLayout? = nil) throws {
        let missing = [Self.configurationName, Self.tokenizerName].filter {
            !FileManager.default.fileExists(atPath: path + "/" + $0)
        }
        guard missing.isEmpty else { throw ModelFolderError.missingFiles(missing, folder: path) }
        self.path = path
        configuration = try Self.document(path + "/" + Self.configurationName)
        checkpoint = try Checkpoint(folder: path)
        self.layout = try layout ?? EmbeddingLayout(configuration: configuration.root)
        matrices = try EmbeddingMatrices(checkpoint: checkpoint, layout: self.layout)
        let tokenizerPath = path + "/" + Self.tokenizerName
        tokenizerDocument = try Self.document(tokenizerPath)
        tokenizer = try Tokenizer(contentsOf: tokenizerPath)
    }

    /// Another file of the folder, which must be a JSON object; nil if there is none.
    func document(_ name: String) throws -> JSONDocument? {
        let file = path + "/" + name
        return FileManager.default.fileExists(atPath: file) ? try Self.document(file) : nil
    }

    static func document(_ path: String) throws -> JSONDocument {
        let file = try MappedFile(path: path)
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: file.bytes(in: 0..<file.count))
        } catch {
            throw ModelFolderError.malformed(file: path, problem: "\(error)")
        }
        guard document.root.kind == .object else { throw ModelFolderError.malformed(file: path, problem: "no object") }
        return document
    }
}
