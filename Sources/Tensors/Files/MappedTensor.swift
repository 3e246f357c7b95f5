import CKernels

/// A tensor whose elements stay in its mapped file until they are read, in row-major order.
///
/// Only floating-point tensors are read as numbers. Those of 16 or 32 bits are widened to float32 as rows are copied out.
public struct MappedTensor: Sendable {
    public let key: String
    public let type: ElementType
    public let shape: [Int]
    public let file: MappedFile
    /// Where the elements lie in the file. Nothing is promised about alignment.
    public let byteRange: Range<Int>

    public var path: String { file.path }
    public var elementCount: Int { shape.reduce(1, *) }

    /// Rows of a matrix, or elements of a vector seen as one row each.
    public var rowCount: Int { shape.first ?? 1 }

    /// Elements in one row: the product of all dimensions but the first.
    public var rowWidth: Int { shape.dropFirst().reduce(1, *) }

    /// Some of the rows, as a tensor with the same key.
    public func rows(_ range: Range<Int>) -> MappedTensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= rowCount, "rows outside the tensor")
        let rowBytes = rowWidth * type.width
        let start = byteRange.lowerBound + range.lowerBound * rowBytes
        return MappedTensor(
            key: key, type: type, shape: [range.count] + shape.dropFirst(), file: file,
            byteRange: start..<start + range.count * rowBytes)
    }

    /// Checks what the caller is about to rely on.
    ///
    /// - Throws: `TensorFileError.wrongShape`, or `.unsupportedType` for elements that are not 16- or 32-bit floats.
    public func expecting(shape expected: [Int]) throws(TensorFileError) -> MappedTensor {
        guard shape == expected else { throw .wrongShape(key: key, file: path, expected: expected, found: shape) }
        return try expectingFloats()
    }

    /// - Throws: `TensorFileError.unsupportedType` for elements that are not 16- or 32-bit floats.
    public func expectingFloats() throws(TensorFileError) -> MappedTensor {
        switch type {
        case .float32, .float16, .bfloat16: return self
        default: throw .unsupportedType(key: key, file: path, type: type)
        }
    }

    /// All elements, widened to float32, or rounded to it from float64.
    ///
    /// - Throws: `TensorFileError.unsupportedType` for elements that are no floats of 16 bits or more, `.overflow` for a finite
    ///   float64 that becomes infinite.
    public func floats() throws(TensorFileError) -> [Float] {
        if type == .float64 { return try roundedDoubles() }
        _ = try expectingFloats()
        return [Float](unsafeUninitializedCapacity: elementCount) { buffer, count in
            copyFloats(from: 0, to: buffer)
            count = elementCount
        }
    }

    private func roundedDoubles() throws(TensorFileError) -> [Float] {
        var floats: [Float] = []
        floats.reserveCapacity(elementCount)
        let overflows = file.withBytes(in: byteRange) { bytes in
            for offset in stride(from: 0, to: bytes.count, by: type.width) {
                let bits = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                floats.append(Float(Double(bitPattern: bits)))
                if floats.last?.isInfinite == true, Double(bitPattern: bits).isFinite { return true }
            }
            return false
        }
        guard !overflows else { throw .overflow(key: key, file: path, format: .float32) }
        return floats
    }

    /// Whether the elements are those of `original`, but for a rounding to 16 bits.
    public func isRounding(of original: MappedTensor) throws(TensorFileError) -> Bool {
        guard shape == original.shape else { return false }
        let (rounded, exact) = (try floats(), try original.floats())
        // A unit of bfloat16's last place, and float16's smallest numbers, which have fewer digits.
        return rounded.indices.allSatisfy { abs(rounded[$0] - exact[$0]) <= abs(exact[$0]) / 256 + 0x1p-24 }
    }

    /// The mean of all rows, element by element, summed in double precision in the order of the rows.
    public func meanRow() throws(TensorFileError) -> [Float] {
        _ = try expectingFloats()
        var sums = [Double](repeating: 0, count: rowWidth)
        var row = [Float](repeating: 0, count: rowWidth)
        for index in 0..<rowCount {
            row.withUnsafeMutableBufferPointer { copyFloats(from: index * rowWidth, to: $0) }
            for column in sums.indices { sums[column] += Double(row[column]) }
        }
        return sums.map { Float($0 / Double(max(rowCount, 1))) }
    }

    /// All elements of an int32 tensor.
    public func integers() throws(TensorFileError) -> [Int32] {
        guard type == .int32 else { throw .unsupportedType(key: key, file: path, type: type) }
        return [Int32](unsafeUninitializedCapacity: elementCount) { buffer, count in
            file.withBytes(in: byteRange) { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            count = elementCount
        }
    }

    /// Widens `destination.count` elements from element `start` on. Only for tensors that passed `expectingFloats()`.
    func copyFloats(from start: Int, to destination: UnsafeMutableBufferPointer<Float>) {
        precondition(start >= 0 && destination.count <= elementCount - start, "elements outside the tensor")
        guard let output = destination.baseAddress, !destination.isEmpty else { return }
        let first = byteRange.lowerBound + start * type.width
        file.withBytes(in: first..<first + destination.count * type.width) { source in
            if type == .float32 {
                UnsafeMutableRawBufferPointer(destination).copyMemory(from: source)
            } else {
                source.withAlignedHalfWords { halfWords in
                    if type == .float16 {
                        Kernels.best.table.widen_f16(destination.count, halfWords, output)
                    } else {
                        Kernels.best.table.widen_bf16(destination.count, halfWords, output)
                    }
                }
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The address of the bytes as 16-bit words: in place where it is aligned for them, else of an aligned copy.
    fileprivate func withAlignedHalfWords(_ body: (UnsafePointer<UInt16>) -> Void) {
        guard let baseAddress else { return }
        if UInt(bitPattern: baseAddress) % 2 == 0 {
            body(baseAddress.assumingMemoryBound(to: UInt16.self))
        } else {
            withUnsafeTemporaryAllocation(byteCount: count, alignment: 2) { copy in
                copy.copyMemory(from: self)
                if let words = copy.assumingMemoryBound(to: UInt16.self).baseAddress { body(words) }
            }
        }
    }
}
