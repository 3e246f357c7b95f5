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

    /// A number in sixteen hexadecimal digits.
    mutating func append(hexadecimalWord number: UInt64) {
        for half in [UInt32(truncatingIfNeeded: number >> 32), UInt32(truncatingIfNeeded: number)] {
            // Eight digits at once: every half byte gets a byte of its own, the first digit in the lowest.
            var digits = UInt64(half.byteSwapped)
            digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFF
            digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FF
            digits = (digits & 0x00F0_00F0_00F0_00F0) >> 4 | (digits & 0x000F_000F_000F_000F) << 8
            // From ten on the letters follow, 39 characters further.
            let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
            let text = digits &+ 0x3030_3030_3030_3030 &+ letters &* 39
            Swift.withUnsafeBytes(of: text.littleEndian) { append(contentsOf: $0) }
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
