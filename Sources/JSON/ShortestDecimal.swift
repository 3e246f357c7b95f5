/// The shortest decimal that reads back to the same float32: `significand` times ten to the power of `exponent`.
///
/// Schubfach (Raffaello Giulietti, "The Schubfach way to render doubles", 2020) with a float32's widths. All reals in an
/// interval around a float c·2^q read back to it; the interval is 2^q wide. Let 10^k be the largest power of ten that is no
/// wider. Then some multiples of 10^k lie in the interval, and at most one of 10^(k+1), the pigeonholes that the name alludes
/// to: that one is the shortest decimal if it exists, otherwise the multiple of 10^k nearest to the float is.
struct ShortestDecimal: Equatable {
    /// At most nine digits, the last of them not zero.
    let significand: UInt32
    let exponent: Int

    /// - Parameter value: finite and greater than zero.
    init(_ value: Float) {
        // The shortest decimal of this one float, 7.038531e-26, lies so near the edge of its interval that rounding it to a
        // double first, as Python does, puts it on the edge and from there on the next float. No other float does so.
        if value.bitPattern == 0x15AE_43FD {
            significand = 70_385_307
            exponent = -33
            return
        }
        let isSubnormal = value.exponentBitPattern == 0
        let c = isSubnormal ? value.significandBitPattern : value.significandBitPattern | 1 << 23
        let q = (isSubnormal ? 1 : Int(value.exponentBitPattern)) - 150
        // Below a power of two the floats lie twice as dense: there the interval ends at a quarter of 2^q, not at half.
        let isLopsided = value.significandBitPattern == 0 && value.exponentBitPattern > 1
        // ⌊log₁₀ 2^q⌋, or ⌊log₁₀ ¾·2^q⌋: the logarithms of 2 and ¾ in units of 2^-22, exact for every q of a float32.
        let k = (q * 1_262_611 - (isLopsided ? 524_031 : 0)) >> 22

        // The float and the ends of its interval in quarters of 10^k.
        let power = PowersOfTen.shared.significand(-k)
        let shift = q + PowersOfTen.binaryExponent(-k) + 1
        let middle = Self.product(power, (4 * c) << shift)
        // Ties go to the even float, so that the ends belong to the interval if c is even.
        let first = Self.product(power, (4 * c - (isLopsided ? 1 : 2)) << shift) + (c & 1)
        let last = Self.product(power, (4 * c + 2) << shift) - (c & 1)

        let below = middle / 4
        let shortBelow = below / 10
        let hasShortBelow = first <= 40 * shortBelow
        let hasShortAbove = 40 * shortBelow + 40 <= last
        if hasShortBelow != hasShortAbove {
            var (shortest, zeros) = (hasShortAbove ? shortBelow + 1 : shortBelow, 1)
            while shortest.isMultiple(of: 10) { (shortest, zeros) = (shortest / 10, zeros + 1) }
            significand = shortest
            exponent = k + zeros
            return
        }
        let hasBelow = first <= 4 * below
        let hasAbove = 4 * below + 4 <= last
        let isNearerAbove = middle > 4 * below + 2 || middle == 4 * below + 2 && below & 1 == 1
        significand = below + (hasBelow == hasAbove ? (isNearerAbove ? 1 : 0) : (hasAbove ? 1 : 0))
        exponent = k
    }

    /// `power`·`factor` / 2^64, with the last bit set if anything was cut off: an odd number then compares with an even one as
    /// the exact product would. The power is less than one unit too large, the product less than 2^32: so little counts as
    /// nothing.
    private static func product(_ power: UInt64, _ factor: UInt32) -> UInt32 {
        let (high, low) = power.multipliedFullWidth(by: UInt64(factor))
        return UInt32(truncatingIfNeeded: high) | (low >> 32 > 1 ? 1 : 0)
    }
}
