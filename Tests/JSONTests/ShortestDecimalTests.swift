import Testing

@testable import JSON

@Suite struct ShortestDecimalTests {
    /// Swift's own shortest digits are the reference: another algorithm by other people.
    @Test func agreesWithTheStandardLibrary() {
        var generator = Xorshift(state: 0x2545_F491_4F6C_DD1D)
        for exponentBits in UInt32(0)...254 {
            let edges: [UInt32] = [0, 1, 2, 3, 0x3F_FFFF, 0x40_0000, 0x40_0001, 0x7F_FFFE, 0x7F_FFFF]
            let significands = edges + (0..<200).map { _ in generator.next() & 0x7F_FFFF }
            for bits in significands.map({ exponentBits << 23 | $0 }) where bits != 0 { expectAgreement(bits) }
        }
        for bits in UInt32(1)...1_000 { expectAgreement(bits) }
        for integer in 1...1_000 { expectAgreement(Float(integer).bitPattern) }
        for power in -45...38 { expectAgreement(Float("1e\(power)")?.bitPattern ?? 0) }
    }

    /// The shortest decimal of this float reads back to its neighbour where a double comes between.
    @Test func survivesAnotherRoundingToDouble() {
        let value = Float(bitPattern: 0x15AE_43FD)
        #expect(value.description == "7.038531e-26" && Float(Double("7.038531e-26") ?? 0) == value.nextUp)
        var writer = JSONWriter()
        writer.number(value)
        let text = String(decoding: writer.bytes, as: UTF8.self)
        #expect(text == "70385307e-33" && Float(text) == value && Float(Double(text) ?? 0) == value)
    }

    @Test func hasPowersOfTen() {
        for exponent in -31...45 {
            let (power, binaryExponent) = (PowersOfTen.shared.significand(exponent), PowersOfTen.binaryExponent(exponent))
            #expect(power.leadingZeroBitCount == 0)
            #expect(Double(sign: .plus, exponent: binaryExponent - 63, significand: Double(power)) == Double("1e\(exponent)"))
            // Those that an integer holds, to the last bit.
            guard (0...19).contains(exponent) else { continue }
            let exact = (0..<exponent).reduce(UInt64(1)) { power, _ in power * 10 }
            #expect(power == exact << exact.leadingZeroBitCount && binaryExponent == 63 - exact.leadingZeroBitCount)
        }
    }

    private func expectAgreement(_ bits: UInt32) {
        let value = Float(bitPattern: bits)
        guard bits != 0x15AE_43FD else { return }
        let decimal = ShortestDecimal(value)
        let expected = parts(value.description)
        // One expectation for each of 60,000 floats would take longer than the floats do.
        if UInt64(decimal.significand) != expected.significand || decimal.exponent != expected.exponent {
            Issue.record("\(value) as \(decimal)")
        }
    }

    /// Reads "12.5", "1e-45" and the like; no zeros at the significand's end.
    private func parts(_ text: String) -> (significand: UInt64, exponent: Int) {
        let halves = text.split(separator: "e")
        let number = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = number.count > 1 ? number[1] : ""
        var significand = UInt64(number[0] + fraction) ?? 0
        var exponent = (halves.count > 1 ? Int(halves[1]) ?? 0 : 0) - fraction.count
        while significand > 0, significand.isMultiple(of: 10) { (significand, exponent) = (significand / 10, exponent + 1) }
        return (significand, exponent)
    }
}

/// Marsaglia's generator, the same numbers in every run.
private struct Xorshift {
    var state: UInt64

    mutating func next() -> UInt32 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt32(truncatingIfNeeded: state >> 32)
    }
}
