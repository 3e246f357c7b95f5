import JSON

/// One memory-mapped safetensors file: eight bytes of header length, a JSON header, then the tensors' bytes.
///
/// Everything the header says is checked against the file before any of it is used: the tensors must tile the data section
/// exactly, as the format demands, so that no two names share bytes and nothing hides between them.
public struct SafetensorsFile: Sendable {
    public let file: MappedFile
    /// The tensors in the order of their data.
    public let tensors: [MappedTensor]
    /// The free-form strings of `__metadata__`.
    public let metadata: [String: String]
    private let indexByKey: [String: Int]

    /// The format's own bound on the header, against hostile files.
    private static let maximumHeaderLength = 100_000_000

    /// - Throws: `TensorFileError.unreadable` or `.malformed`.
    public init(path: String) throws(TensorFileError) {
        let file = try MappedFile(path: path)
        let header = try Self.parseHeader(of: file)
        var tensors: [MappedTensor] = []
        var metadata: [String: String] = [:]
        for (name, entry) in header.document.root.members {
            let key = name.string ?? ""
            if key == "__metadata__" {
                metadata = try Self.parseMetadata(entry, file: file)
            } else {
                tensors.append(try Self.parseEntry(key: key, entry, file: file, dataStart: header.dataStart))
            }
        }
        tensors.sort { ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound) }
        try Self.checkTiling(tensors, of: file, dataStart: header.dataStart)

        var indexByKey: [String: Int] = [:]
        for (index, tensor) in tensors.enumerated() where indexByKey.updateValue(index, forKey: tensor.key) != nil {
            throw .malformed(file: path, problem: "tensor \"\(tensor.key)\" is listed twice", byteOffset: 8)
        }
        self.file = file
        self.tensors = tensors
        self.metadata = metadata
        self.indexByKey = indexByKey
    }

    public var path: String { file.path }

    public subscript(key: String) -> MappedTensor? { indexByKey[key].map { tensors[$0] } }

    private static func parseHeader(
        of file: MappedFile
    ) throws(TensorFileError) -> (document: JSONDocument, dataStart: Int) {
        func malformed(_ problem: String) -> TensorFileError { .malformed(file: file.path, problem: problem, byteOffset: 0) }
        guard file.count >= 8 else {
            throw malformed(file.count == 0 ? "the file is empty" : "\(file.count) bytes are too short for a header length")
        }
        let mark = Array("version https://git-lfs".utf8)
        guard file.count < mark.count || file.bytes(in: mark.indices) != mark else {
            throw malformed("a pointer of Git LFS, not the file that it stands for, which git lfs pull fetches")
        }
        let length = file.withBytes(in: 0..<8) { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= UInt64(maximumHeaderLength) else {
            throw malformed("header length \(length) exceeds the format's limit: this is no safetensors file")
        }
        guard length <= UInt64(file.count - 8) else {
            throw malformed("header length \(length) exceeds the file of \(file.count) bytes, which has been cut short")
        }
        let dataStart = 8 + Int(length)
        do {
            let document = try JSONDocument(parsing: file.bytes(in: 8..<dataStart))
            guard document.root.kind == .object else {
                throw TensorFileError.malformed(file: file.path, problem: "the header is no JSON object", byteOffset: 8)
            }
            return (document, dataStart)
        } catch let error as JSONSyntaxError {
            throw .malformed(file: file.path, problem: "header: \(error)", byteOffset: 8 + error.byteOffset)
        } catch {
            throw error as? TensorFileError ?? .malformed(file: file.path, problem: "\(error)", byteOffset: 8)
        }
    }

    private static func parseMetadata(_ entry: JSONValue, file: MappedFile) throws(TensorFileError) -> [String: String] {
        guard entry.kind == .object else {
            throw .malformed(file: file.path, problem: "__metadata__ is no object", byteOffset: 8)
        }
        var metadata: [String: String] = [:]
        for (name, value) in entry.members {
            guard let text = value.string else {
                throw .malformed(file: file.path, problem: "\(value.pointer) is no string", byteOffset: 8)
            }
            metadata[name.string ?? ""] = text
        }
        return metadata
    }

    private static func parseEntry(
        key: String, _ entry: JSONValue, file: MappedFile, dataStart: Int
    ) throws(TensorFileError) -> MappedTensor {
        func malformed(_ problem: String) -> TensorFileError {
            .malformed(file: file.path, problem: "tensor \"\(key)\": \(problem)", byteOffset: 8)
        }
        guard let typeName = entry["dtype"]?.string else { throw malformed("no dtype") }
        guard let type = ElementType(rawValue: typeName) else { throw malformed("unknown dtype \"\(typeName)\"") }
        guard let shapeValue = entry["shape"], shapeValue.kind == .array else { throw malformed("no shape") }
        var shape: [Int] = []
        for dimension in shapeValue.elements {
            guard let size = dimension.integer, size >= 0 else { throw malformed("a dimension is no natural number") }
            shape.append(size)
        }
        guard let byteCount = type.byteCount(shape: shape) else { throw malformed("shape overflows") }
        let offsets = entry["data_offsets"]?.elements.map(\.integer) ?? []
        guard offsets.count == 2, let start = offsets[0], let end = offsets[1] else { throw malformed("no data_offsets") }
        guard start >= 0, start <= end, end <= file.count - dataStart else {
            let bytes = file.count - dataStart
            throw malformed("data_offsets [\(start), \(end)] lie outside the \(bytes) bytes of data: has the file been cut short?")
        }
        guard end - start == byteCount else {
            throw malformed("shape \(shape) of \(typeName) needs \(byteCount) bytes, data_offsets give \(end - start)")
        }
        return MappedTensor(
            key: key, type: type, shape: shape, file: file, byteRange: dataStart + start..<dataStart + end)
    }

    private static func checkTiling(
        _ tensors: [MappedTensor], of file: MappedFile, dataStart: Int
    ) throws(TensorFileError) {
        var end = dataStart
        for tensor in tensors {
            guard tensor.byteRange.lowerBound == end else {
                let problem = tensor.byteRange.lowerBound < end ? "overlaps the tensor before it" : "leaves a gap before it"
                throw .malformed(file: file.path, problem: "tensor \"\(tensor.key)\" \(problem)", byteOffset: end)
            }
            end = tensor.byteRange.upperBound
        }
        guard end == file.count else {
            throw .malformed(file: file.path, problem: "\(file.count - end) bytes belong to no tensor", byteOffset: end)
        }
    }
}
