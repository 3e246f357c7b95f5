/// A tensor of unsigned 32-bit integers that stays in its file.
struct MappedIntegers: Sendable {
    private let file: MappedFile
    private let start: Int
    let count: Int

    /// - Throws: `TensorFileError.missingTensor`, `.unsupportedType` or `.wrongShape`.
    init(_ key: String, count: Int, in file: SafetensorsFile) throws(TensorFileError) {
        guard let tensor = file[key] else { throw .missingTensor(key: key, file: file.path) }
        guard tensor.type == .uint32 else { throw .unsupportedType(key: key, file: file.path, type: tensor.type) }
        guard tensor.shape == [count] else {
            throw .wrongShape(key: key, file: file.path, expected: [count], found: tensor.shape)
        }
        self.init(file: tensor.file, start: tensor.byteRange.lowerBound, count: count)
    }

    private init(file: MappedFile, start: Int, count: Int) {
        (self.file, self.start, self.count) = (file, start, count)
    }

    /// Some of them, which must be there.
    func slice(_ range: Range<Int>) -> MappedIntegers {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "integers outside the tensor")
        return MappedIntegers(file: file, start: start + range.lowerBound * 4, count: range.count)
    }

    subscript(index: Int) -> Int {
        precondition(index >= 0 && index < count, "an integer outside the tensor")
        let first = start + index * 4
        return file.withBytes(in: first..<first + 4) { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
    }
}
