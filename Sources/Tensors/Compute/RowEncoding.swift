import CKernels

extension RowStorage {
    /// Appends rows as they stand in a file: little-endian numbers, one row behind the other, rounded to the nearest (ties to even).
    ///
    /// - Returns: the first row that has a number too large for `format`, which is an error of whoever asked for it, never an infinity;
    ///   nothing is appended then.
    public func append(_ rows: Range<Int>, as format: FloatFormat, to bytes: inout [UInt8]) -> Int? {
        switch format {
        case .float32:
            withElements(of: rows) { bytes.append(contentsOf: UnsafeRawBufferPointer($0)) }
            return nil
        case .float16: return appendNarrowed(rows, to: &bytes, infinity: 0x7C00, Kernels.best.table.narrow_f16)
        case .bfloat16: return appendNarrowed(rows, to: &bytes, infinity: 0x7F80, Kernels.best.table.narrow_bf16)
        }
    }

    private func appendNarrowed(
        _ rows: Range<Int>, to bytes: inout [UInt8], infinity: UInt16,
        _ narrow: @convention(c) (Int, UnsafePointer<Float>, UnsafeMutablePointer<UInt16>) -> Void
    ) -> Int? {
        let numbers = rows.count * columns
        return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: numbers) { words in
            withElements(of: rows) { elements in
                guard let source = elements.baseAddress, let destination = words.baseAddress else { return }
                narrow(numbers, source, destination)
            }
            if let overflow = words.firstIndex(where: { $0 & 0x7FFF == infinity }) { return rows.lowerBound + overflow / columns }
            bytes.append(contentsOf: UnsafeRawBufferPointer(words))
            return nil
        }
    }
}

extension FloatFormat {
    /// Appends numbers as they stand in a file: little-endian, rounded to the nearest (ties to even).
    ///
    /// - Returns: false if one is not finite in this format; nothing is appended then.
    func append(_ numbers: [Float], to bytes: inout [UInt8]) -> Bool {
        guard self != .float32 else {
            guard numbers.allSatisfy(\.isFinite) else { return false }
            numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
            return true
        }
        let table = Kernels.best.table
        var words = [UInt16](repeating: 0, count: numbers.count)
        (self == .float16 ? table.narrow_f16 : table.narrow_bf16)(numbers.count, numbers, &words)
        let exponent: UInt16 = self == .float16 ? 0x7C00 : 0x7F80
        guard words.allSatisfy({ $0 & exponent != exponent }) else { return false }
        words.withUnsafeBytes { bytes.append(contentsOf: $0) }
        return true
    }
}
