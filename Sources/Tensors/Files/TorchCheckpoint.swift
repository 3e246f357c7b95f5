/// The tensors and hyper-parameters of a file that `torch.save` or Lightning wrote (`.pt`, `.bin`, `.ckpt`): a ZIP file with a
/// pickle and the storages that it names.
///
/// Opening it reads the ZIP directory and the pickle; the storages stay in the mapped file. Nothing in the file is executed.
public struct TorchCheckpoint: TensorSource {
    public let file: MappedFile
    /// The tensors of `state_dict`, or of the file's own dictionary if it has none, in their order. Its other values are left out.
    public let tensors: [TorchTensor]
    /// What Lightning's `save_hyperparameters` kept.
    public let hyperParameters: PickleValue?
    /// Everything that the pickle holds.
    public let document: PickleDocument
    private let indexByKey: [String: Int]

    /// - Throws: `TensorFileError`: the file cannot be read, is not of this format, or asks for a class that is refused.
    public init(path: String) throws(TensorFileError) {
        let file = try MappedFile(path: path)
        let archive = try TorchArchive(file)
        let document = try PickleDocument(file, range: archive.pickle)
        let root = document.root
        func malformed(_ problem: String) -> TensorFileError {
            .malformed(file: path, problem: problem, byteOffset: archive.pickle.lowerBound)
        }
        guard root.isDictionary else { throw malformed("the pickle holds no dictionary") }
        var states = root
        if let inner = root["state_dict"] {
            guard inner.isDictionary else { throw malformed("state_dict is no dictionary") }
            states = inner
        }
        var tensors: [TorchTensor] = []
        var indexByKey: [String: Int] = [:]
        for (name, value) in states.members {
            guard let key = name.string, let tensor = try archive.tensor(key, value) else { continue }
            guard indexByKey.updateValue(tensors.count, forKey: key) == nil else {
                throw malformed("tensor \"\(key)\" is listed twice")
            }
            tensors.append(tensor)
        }
        self.file = file
        self.tensors = tensors
        self.indexByKey = indexByKey
        self.document = document
        hyperParameters = root["hyper_parameters"]
    }

    public subscript(key: String) -> TorchTensor? { indexByKey[key].map { tensors[$0] } }

    public func tensor(_ key: String, shape: [Int]) throws(TensorFileError) -> MappedTensor {
        try view(key, shape: shape).mapped().expectingFloats()
    }

    /// The tensor with this key and shape in whatever type and order it is kept, for `TorchTensor.floats()`.
    ///
    /// - Throws: `TensorFileError.missingTensor`, `.wrongShape`.
    public func view(_ key: String, shape: [Int]) throws(TensorFileError) -> TorchTensor {
        guard let tensor = self[key] else { throw .missingTensor(key: key, file: file.path) }
        guard tensor.shape == shape else {
            throw .wrongShape(key: key, file: file.path, expected: shape, found: tensor.shape)
        }
        return tensor
    }
}
