/// The ZIP file of `torch.save`: `NAME/data.pkl`, the storages `NAME/data/KEY`, `NAME/version` and `NAME/byteorder`.
struct TorchArchive {
    /// Where the pickle lies in the file.
    let pickle: Range<Int>
    private let archive: ZipArchive
    /// `NAME/`
    private let prefix: String

    init(_ file: MappedFile) throws(TensorFileError) {
        if file.count > 2, file.bytes(in: 0..<2) == [PickleOpcode.proto.rawValue, 2] {
            throw .malformed(
                file: file.path, problem: "a bare pickle, as torch wrote before 1.6: load it and torch.save it again", byteOffset: 0)
        }
        archive = try ZipArchive(file: file)
        let pickles = archive.entries.filter { $0.name.hasSuffix("/data.pkl") }
        guard pickles.count == 1 else {
            let problem = pickles.isEmpty ? "no data.pkl: not a file of torch.save" : "more than one data.pkl"
            throw .malformed(file: file.path, problem: problem, byteOffset: 0)
        }
        pickle = pickles[0].byteRange
        prefix = String(pickles[0].name.dropLast("data.pkl".count))
        if let order = text(of: "byteorder"), order.text != "little" {
            throw .malformed(
                file: file.path, problem: "byte order \"\(order.text)\", but only little is read", byteOffset: order.byteOffset)
        }
        guard let version = text(of: "version") else {
            throw .malformed(file: file.path, problem: "no version: not a file of torch.save", byteOffset: 0)
        }
        // What torch itself reads: caffe2/serialize/versions.h.
        guard let number = Int(version.text), (1...10).contains(number) else {
            throw .malformed(file: file.path, problem: "version \"\(version.text)\"", byteOffset: version.byteOffset)
        }
    }

    /// One of the short texts beside the pickle, without its line feed.
    private func text(of name: String) -> (text: String, byteOffset: Int)? {
        guard let entry = archive[prefix + name] else { return nil }
        let bytes = archive.file.bytes(in: entry.byteRange.prefix(20)).prefix { $0 != 0x0A }
        return (String(decoding: bytes, as: UTF8.self), entry.byteRange.lowerBound)
    }

    /// The tensor or parameter that `value` stands for; nil for any other value.
    func tensor(_ key: String, _ value: PickleValue) throws(TensorFileError) -> TorchTensor? {
        func malformed(_ problem: String) -> TensorFileError {
            .malformed(file: archive.file.path, problem: "tensor \"\(key)\": \(problem)", byteOffset: pickle.lowerBound)
        }
        guard var object = value.object else { return nil }
        if object.role == .parameter {
            guard let tensor = object.arguments.elements.first?.object, tensor.role == .tensor else {
                throw malformed("a parameter of something else")
            }
            object = tensor
        }
        guard object.role == .tensor else { return nil }
        let arguments = object.arguments.elements
        guard arguments.count >= 4, let offset = arguments[1].integer, let shape = arguments[2].naturalNumbers,
            let strides = arguments[3].naturalNumbers
        else { throw malformed("no storage, offset, shape and strides, all natural numbers") }

        // ("storage", class, key, device, number of elements)
        guard let storage = arguments[0].persistentIdentifier?.elements, storage.count == 5, storage[0].string == "storage",
            case .storage(let type) = storage[1].role, let name = storage[2].string, let elements = storage[4].integer
        else { throw malformed("no storage that is known") }
        guard let entry = archive[prefix + "data/" + name] else { throw malformed("storage \"\(name)\" is not in the file") }
        let (bytes, overflow) = elements.multipliedReportingOverflow(by: type.width)
        guard !overflow, elements >= 0, bytes <= entry.byteRange.count else {
            throw malformed("storage \"\(name)\" has \(entry.byteRange.count) bytes, too few for \(elements) elements")
        }
        return try TorchTensor(
            key: key, type: type, shape: shape, strides: strides, offset: offset, file: archive.file,
            storage: entry.byteRange.prefix(bytes))
    }
}
