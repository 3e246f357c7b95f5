/// The powers of ten that scale any float32 to an integer of some digits, each as a 64-bit significand with its top bit set.
struct PowersOfTen: Sendable {
    static let shared = PowersOfTen()

    private static let exponents = -31...45
    private let significands: [UInt64]

    /// 10^e = 5^e·2^e, and a power of two does not change a significand. 5^45 and 5^31 fit in 128 bits, so each significand
    /// comes from one exact number: the top bits of 5^e, or the quotient of a power of two by 5^-e.
    private init() {
        significands = Self.exponents.map { exponent in
            let five = (0..<abs(exponent)).reduce(UInt128(1)) { power, _ in power * 5 }
            let width = 128 - five.leadingZeroBitCount
            let (significand, isExact): (UInt128, Bool)
            if exponent < 0 {
                // 2^(width + 63) / 5^-e; the dividend has up to 136 bits.
                let dividendBit = width + 63
                let dividend: (high: UInt128, low: UInt128) =
                    dividendBit < 128 ? (0, 1 << dividendBit) : (1 << (dividendBit - 128), 0)
                let (quotient, remainder) = five.dividingFullWidth((dividend.high, dividend.low))
                (significand, isExact) = (quotient, remainder == 0)
            } else {
                let normalized = five << five.leadingZeroBitCount
                (significand, isExact) = (normalized >> 64, UInt64(truncatingIfNeeded: normalized) == 0)
            }
            return UInt64(truncatingIfNeeded: significand + (isExact ? 0 : 1))
        }
    }

    /// ⌈10^exponent / 2^(binaryExponent - 63)⌉, in 2^63 ..< 2^64.
    ///
    /// - Parameter exponent: -31 to 45.
    func significand(_ exponent: Int) -> UInt64 { significands[exponent - Self.exponents.lowerBound] }

    /// ⌊log₂ 10^exponent⌋: the logarithm of 10 in units of 2^-19, exact for every exponent of the table.
    static func binaryExponent(_ exponent: Int) -> Int { (exponent * 1_741_647) >> 19 }
}
