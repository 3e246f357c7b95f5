extension RawSpan {
    subscript(offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

    /// Where the text from `start` on first has a byte that no JSON string holds as it is (RFC 8259 section 7: the quotation
    /// mark, the backslash, control characters); the span's end if it has none.
    ///
    /// Eight bytes at a time. A byte b is less than n ≤ 128 if b - n borrows into its top bit and b had that bit clear; a
    /// borrow that spills into the byte above can only follow a find, and the first find is the answer.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        var position = start
        while position + 8 <= byteCount {
            let word = UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quotes = (word ^ everyByte(0x22)) &- everyByte(1)
            let backslashes = (word ^ everyByte(0x5C)) &- everyByte(1)
            let controls = word &- everyByte(0x20)
            let found = (quotes | backslashes | controls) & ~word & everyByte(0x80)
            if found != 0 { return position + found.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < byteCount {
            switch self[position] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20: return position
            default: position += 1
            }
        }
        return position
    }
}

extension [UInt8] {
    /// Appends the bytes of `text`, eight at a time.
    mutating func append(copying text: RawSpan) {
        append(addingCapacity: text.byteCount) { output in
            output.append(repeating: 0, count: text.byteCount)
            var elements = output.mutableSpan
            var copy = elements.mutableBytes
            var position = 0
            while position + 8 <= text.byteCount {
                copy.storeBytes(
                    of: text.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self), toByteOffset: position,
                    as: UInt64.self)
                position += 8
            }
            while position < text.byteCount {
                copy.storeBytes(of: text[position], toByteOffset: position, as: UInt8.self)
                position += 1
            }
        }
    }
}

private func everyByte(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }
