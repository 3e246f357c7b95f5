extension Float {
    /// The longest numbers are a sign, nine digits and "e-45", or a sign, "0." and eleven digits.
    static let maximumJSONByteCount = 14
}

extension OutputSpan<UInt8> {
    /// Appends the shortest JSON number that reads back to `value`, or `null` if there is none.
    ///
    /// Numbers with an exponent have no point ("12345e-9"), which saves a byte or two. What is as short without an exponent has
    /// none.
    mutating func append(number value: Float) {
        guard value.isFinite else { return append("null") }
        if value.sign == .minus { append(UInt8(ascii: "-")) }
        // Readers take "-0" for an integer and lose its sign.
        guard value != 0 else { return append(value.sign == .minus ? "0.0" : "0") }
        let decimal = ShortestDecimal(value.magnitude)
        let (significand, exponent) = (decimal.significand, decimal.exponent)
        let digits = decimalDigitCount(significand)
        let fraction = -exponent
        if exponent > 2 || fraction > digits + (fraction < 10 ? 1 : 2) {
            append(significand, digits: digits)
            append(UInt8(ascii: "e"))
            if exponent < 0 { append(UInt8(ascii: "-")) }
            append(UInt32(exponent.magnitude), digits: exponent.magnitude < 10 ? 1 : 2)
        } else if exponent >= 0 {
            append(significand, digits: digits)
            append(repeating: UInt8(ascii: "0"), count: exponent)
        } else if fraction >= digits {
            append(UInt8(ascii: "0"))
            append(UInt8(ascii: "."))
            append(significand, digits: fraction)
        } else {
            let (whole, rest) = significand.quotientAndRemainder(dividingBy: powersOfTen[fraction])
            append(whole, digits: digits - fraction)
            append(UInt8(ascii: "."))
            append(rest, digits: fraction)
        }
    }

    private mutating func append(_ text: String) {
        for byte in text.utf8 { append(byte) }
    }

    /// Appends so many digits of `value`, with zeros in front if it has fewer.
    private mutating func append(_ value: UInt32, digits: Int) {
        var (rest, position) = (value, count + digits)
        append(repeating: UInt8(ascii: "0"), count: digits)
        var text = mutableSpan
        while rest >= 10 {
            let pair = digitPairs[Int(rest % 100)]
            text[position - 1] = UInt8(truncatingIfNeeded: pair >> 8)
            text[position - 2] = UInt8(truncatingIfNeeded: pair)
            rest /= 100
            position -= 2
        }
        if rest > 0 { text[position - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest) }
    }
}

/// How many decimal digits a number below 10^9 has; one for zero.
private func decimalDigitCount(_ value: UInt32) -> Int {
    // log₁₀ 2 in units of 2^-12.
    let estimate = ((value.bitWidth - value.leadingZeroBitCount) * 1233) >> 12
    return estimate + (value >= powersOfTen[estimate] ? 1 : 0)
}

private let powersOfTen: [UInt32] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000]

/// The two digits of 0 to 99, the first in the low byte.
private let digitPairs: [UInt16] = (0..<100).map { UInt16(0x3030) + UInt16($0 / 10) + UInt16($0 % 10) << 8 }
