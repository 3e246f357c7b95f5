/// A tensor of a PyTorch file: a view of a storage, which other tensors may share.
public struct TorchTensor: Sendable {
    public let key: String
    public let type: ElementType
    public let shape: [Int]
    /// How many elements of the storage lie between neighbours, by dimension; none is negative.
    public let strides: [Int]
    /// The first element's place in the storage, in elements.
    public let offset: Int
    public let file: MappedFile
    /// Where the storage lies in the file. Nothing is promised about alignment.
    public let storage: Range<Int>

    /// - Throws: `TensorFileError.malformed` for a view that reaches out of the storage or has more elements than it.
    init(
        key: String, type: ElementType, shape: [Int], strides: [Int], offset: Int, file: MappedFile, storage: Range<Int>
    ) throws(TensorFileError) {
        func malformed(_ problem: String) -> TensorFileError {
            .malformed(file: file.path, problem: "tensor \"\(key)\" \(problem)", byteOffset: storage.lowerBound)
        }
        guard shape.count == strides.count else { throw malformed("has \(shape.count) dimensions, \(strides.count) strides") }
        let capacity = storage.count / type.width
        guard offset >= 0, offset <= capacity else { throw malformed("starts outside of its storage") }
        guard (shape + strides).allSatisfy({ $0 >= 0 }) else { throw malformed("has a negative size or stride") }
        if !shape.contains(0) {
            var elements = 1
            var last = offset
            for (size, stride) in zip(shape, strides) {
                let (product, overflow) = elements.multipliedReportingOverflow(by: size)
                let (way, overflowOfWay) = (size - 1).multipliedReportingOverflow(by: stride)
                let (sum, overflowOfSum) = last.addingReportingOverflow(way)
                guard !overflow, !overflowOfWay, !overflowOfSum else { throw malformed("of shape \(shape) overflows") }
                (elements, last) = (product, sum)
            }
            guard last < capacity else {
                throw malformed("of shape \(shape) and strides \(strides) reaches beyond its storage of \(capacity) elements")
            }
            // A stride of 0 could make any number of elements of one.
            guard elements <= capacity else { throw malformed("has \(elements) elements, more than its storage of \(capacity)") }
        }
        self.key = key
        self.type = type
        self.shape = shape
        self.strides = strides
        self.offset = offset
        self.file = file
        self.storage = storage
    }

    public var elementCount: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }

    /// Whether the elements lie one after the other in row-major order.
    public var isContiguous: Bool {
        if shape.contains(0) { return true }
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size > 1 {
            if stride != expected { return false }
            expected *= size
        }
        return true
    }

    /// The elements where they are.
    ///
    /// - Throws: `TensorFileError.notContiguous`.
    public func mapped() throws(TensorFileError) -> MappedTensor {
        guard isContiguous else { throw .notContiguous(key: key, file: file.path, shape: shape, strides: strides) }
        let start = storage.lowerBound + offset * type.width
        return MappedTensor(
            key: key, type: type, shape: shape, file: file, byteRange: start..<start + elementCount * type.width)
    }

    /// All elements in row-major order, as float32.
    ///
    /// - Throws: `TensorFileError.unsupportedType` for elements that are no floats, `.overflow` for a finite float64 that
    ///   becomes infinite.
    public func floats() throws(TensorFileError) -> [Float] {
        switch type {
        case .float32: return read(UInt32.self) { Float(bitPattern: $0) }
        case .float16: return read(UInt16.self) { Float(Float16(bitPattern: $0)) }
        case .bfloat16: return read(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .float64:
            var overflows = false
            let floats = read(UInt64.self) { bits in
                let value = Double(bitPattern: bits)
                let rounded = Float(value)
                if value.isFinite, !rounded.isFinite { overflows = true }
                return rounded
            }
            guard !overflows else { throw .overflow(key: key, file: file.path, format: .float32) }
            return floats
        default: throw .unsupportedType(key: key, file: file.path, type: type)
        }
    }

    /// All elements of a tensor of integers or truth values, in row-major order.
    ///
    /// - Throws: `TensorFileError.unsupportedType`.
    public func integers() throws(TensorFileError) -> [Int64] {
        switch type {
        case .int64: return read(Int64.self) { $0 }
        case .int32: return read(Int32.self) { Int64($0) }
        case .int16: return read(Int16.self) { Int64($0) }
        case .int8: return read(Int8.self) { Int64($0) }
        case .uint8: return read(UInt8.self) { Int64($0) }
        case .boolean: return read(UInt8.self) { $0 == 0 ? 0 : 1 }
        default: throw .unsupportedType(key: key, file: file.path, type: type)
        }
    }

    private func read<Word: FixedWidthInteger, Element>(_ word: Word.Type, _ element: (Word) -> Element) -> [Element] {
        let count = elementCount
        var elements: [Element] = []
        elements.reserveCapacity(count)
        var index = [Int](repeating: 0, count: shape.count)
        var place = offset
        file.withBytes(in: storage) { bytes in
            while elements.count < count {
                let byte = place * MemoryLayout<Word>.size
                precondition(byte >= 0 && byte <= bytes.count - MemoryLayout<Word>.size, "an element outside of the storage")
                elements.append(element(Word(littleEndian: bytes.loadUnaligned(fromByteOffset: byte, as: Word.self))))
                // The next index in row-major order: the last dimension that is not at its end goes on, those after it restart.
                for dimension in shape.indices.reversed() {
                    index[dimension] += 1
                    place += strides[dimension]
                    if index[dimension] < shape[dimension] { break }
                    place -= shape[dimension] * strides[dimension]
                    index[dimension] = 0
                }
            }
        }
        return elements
    }
}
