import Foundation
import JSON
import Tensors

/// The two kinds of folders that a model is loaded from.
public enum ModelFolderKind: String, Sendable {
    case base
    case hypernetwork

    static let configuration = "config.json"
    static let tokenizer = "tokenizer.json"
    private static let weights = "model.safetensors"
    private static let weightsIndex = "model.safetensors.index.json"

    /// What a folder of this kind must hold, for people.
    var contents: String {
        let article = self == .base ? "a base" : "a hypernetwork"
        return "\(article) folder holds \(Self.configuration), \(Self.tokenizer) and \(Self.weights) (or its index and shards)"
    }

    /// Looks whether a folder has weights and the named files.
    ///
    /// - Throws: `ModelLoadError` that says what is not there.
    func check(_ folder: String, for names: [String]) throws(ModelLoadError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
            throw .noFolder(folder, self, exists: false)
        }
        guard isFolder.boolValue else { throw .noFolder(folder, self, exists: true) }
        func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + name) }
        for name in names where !has(name) { throw .missingFile(name, folder: folder, self, instead: nil) }
        guard has(Self.weights) || has(Self.weightsIndex) else {
            throw .missingFile(Self.weights, folder: folder, self, instead: Self.otherWeights.first(where: has))
        }
    }

    /// Weights in formats that this service does not read.
    private static let otherWeights = [
        "pytorch_model.bin", "pytorch_model.bin.index.json", "flax_model.msgpack", "tf_model.h5", "model.ckpt.index",
    ]

    /// Reads a folder's config.json.
    ///
    /// - Throws: `ModelLoadError`, also when the file is that of a folder of the other kind.
    func readConfiguration(_ file: MappedFile) throws(ModelLoadError) -> JSONDocument {
        let document: JSONDocument
        do throws(JSONSyntaxError) {
            document = try JSONDocument(parsing: file.bytes(in: 0..<file.count))
        } catch {
            throw .unusable(file: file.path, reason: "not JSON: \(error)")
        }
        guard document.root.kind == .object else { throw .unusable(file: file.path, reason: "no JSON object") }
        // All keys of a hypernetwork's own begin so, and no base has any.
        let mark = document.root.members.lazy.compactMap(\.0.string).first { $0.hasPrefix("hn_") }
        if (self == .hypernetwork) != (mark != nil) { throw .otherKind(file: file.path, self, mark: mark) }
        return document
    }
}

/// Why a model cannot be loaded from where it should be.
public enum ModelLoadError: Error, Equatable, Sendable, CustomStringConvertible {
    case noFolder(String, ModelFolderKind, exists: Bool)
    /// - instead: weights in another format that are in the folder.
    case missingFile(String, folder: String, ModelFolderKind, instead: String?)
    /// The config.json of a base in the place of a hypernetwork's, or the reverse; `mark` is the key that tells.
    case otherKind(file: String, ModelFolderKind, mark: String?)
    /// A part that another cannot do without, by the names of the settings.
    case missingPart(String, neededFor: String)
    /// What is wrong with a file, or with a folder as a whole.
    case unusable(file: String, reason: String)

    public var description: String {
        switch self {
        case .noFolder(let path, let kind, let exists):
            "\(path) \(exists ? "is no folder" : "does not exist"); \(kind.contents)"
        case .missingFile(let name, let folder, let kind, nil): "\(folder) has no \(name); \(kind.contents)"
        case .missingFile(let name, let folder, let kind, let other?):
            "\(folder) has no \(name), only \(other), which is not read"
                + (other.contains(".bin") ? " because it is a pickle" : "") + ": save the model as safetensors; \(kind.contents)"
        case .otherKind(let file, .base, let mark):
            "\(file) is a hypernetwork's: it has \(mark ?? ""); "
                + "the base folder is that of the language model that it was trained for"
        case .otherKind(let file, .hypernetwork, _):
            "\(file) is no hypernetwork's: it has no keys that begin with hn_, such as hn_hidden_size"
        case .missingPart(let name, let other): "\(other) needs \(name)"
        case .unusable(let file, let reason): "\(file): \(reason)"
        }
    }
}
