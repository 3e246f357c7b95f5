import Foundation
import JSON

/// The tensors of a model folder: `model.safetensors`, or the shards that `model.safetensors.index.json` lists.
public struct Checkpoint: TensorSource {
    public let folder: String
    /// The shards in the order of their names.
    public let files: [SafetensorsFile]
    /// The file that lists the shards; nil for a checkpoint of one file.
    public let indexPath: String?
    private let fileByKey: [String: Int]

    private static let singleName = "model.safetensors"
    private static let indexName = "model.safetensors.index.json"

    /// - Throws: `TensorFileError`: no checkpoint in the folder, or one of its files is unreadable, malformed or lacks a
    ///   tensor that the index promises.
    public init(folder: String) throws(TensorFileError) {
        let single = folder + "/" + Self.singleName
        let index = folder + "/" + Self.indexName
        if FileManager.default.fileExists(atPath: index) {
            try self.init(folder: folder, index: index)
        } else if FileManager.default.fileExists(atPath: single) {
            try self.init(file: single, folder: folder)
        } else {
            throw .noCheckpoint(folder: folder, lookedFor: [Self.singleName, Self.indexName])
        }
    }

    /// One safetensors file by itself.
    public init(file path: String) throws(TensorFileError) {
        try self.init(file: path, folder: (path as NSString).deletingLastPathComponent)
    }

    private init(file path: String, folder: String) throws(TensorFileError) {
        let file = try SafetensorsFile(path: path)
        self.folder = folder
        files = [file]
        indexPath = nil
        fileByKey = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.key, 0) })
    }

    private init(folder: String, index: String) throws(TensorFileError) {
        let nameByKey = try Self.parseIndex(index)
        var files: [SafetensorsFile] = []
        var fileByKey: [String: Int] = [:]
        for (fileIndex, name) in Set(nameByKey.values).sorted().enumerated() {
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path) else { throw .missingShard(file: path, index: index) }
            let file = try SafetensorsFile(path: path)
            files.append(file)
            for (key, shard) in nameByKey where shard == name {
                guard file[key] != nil else { throw .missingTensor(key: key, file: file.path) }
                fileByKey[key] = fileIndex
            }
        }
        self.folder = folder
        self.files = files
        indexPath = index
        self.fileByKey = fileByKey
    }

    private static func parseIndex(_ path: String) throws(TensorFileError) -> [String: String] {
        let file = try MappedFile(path: path)
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: file.bytes(in: 0..<file.count))
        } catch {
            throw .malformed(file: path, problem: "not JSON: \(error)", byteOffset: error.byteOffset)
        }
        guard let map = document.root["weight_map"], map.kind == .object else {
            throw .malformed(file: path, problem: "no weight_map", byteOffset: 0)
        }
        var nameByKey: [String: String] = [:]
        for (key, value) in map.members {
            // A shard lies in the folder itself: a path could reach any file of the machine.
            guard let name = value.string, !name.isEmpty, !name.contains("/"), name != "..", name != "." else {
                throw .malformed(file: path, problem: "\(value.pointer) is no file name", byteOffset: 0)
            }
            nameByKey[key.string ?? ""] = name
        }
        return nameByKey
    }

    public subscript(key: String) -> MappedTensor? { fileByKey[key].flatMap { files[$0][key] } }

    /// The tensor with this key and shape, of 16- or 32-bit floats.
    ///
    /// - Throws: `TensorFileError.missingTensor`, `.wrongShape` or `.unsupportedType`.
    public func tensor(_ key: String, shape: [Int]) throws(TensorFileError) -> MappedTensor {
        guard let tensor = self[key] else {
            throw .missingTensor(key: key, file: files.count == 1 ? files[0].path : folder + "/" + Self.indexName)
        }
        return try tensor.expecting(shape: shape)
    }
}
