/// How messages are written into byte buffers and read from them.
extension [UInt8] {
    mutating func append(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// Adds text that need not be copied twice.
    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }

    /// CR LF.
    mutating func appendLineEnd() {
        append(0x0D)
        append(0x0A)
    }

    /// A natural number in digits.
    mutating func append(decimal number: Int) {
        var rest = UInt(number)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = digits.count
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            append(contentsOf: digits[start...])
        }
    }

    /// A number in hexadecimal digits, without leading zeros unless `width` asks for them.
    mutating func append(hexadecimal number: UInt64, width: Int = 1) {
        let digits = Swift.max(width, (64 - number.leadingZeroBitCount + 3) / 4)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: digits) { buffer in
            for digit in 0..<digits {
                let value = UInt8(truncatingIfNeeded: number >> UInt64(4 * (digits - 1 - digit))) & 15
                buffer[digit] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            }
            append(contentsOf: buffer)
        }
    }
}

extension Span<UInt8> {
    /// The bytes in `range` as text; what is no UTF-8 becomes U+FFFD.
    func string(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
