/// How far a compressed body may grow: a few kilobytes must not become gigabytes.
struct InflationLimits: Sendable {
    /// Bytes of the decompressed body.
    var bytes: Int
    /// How many times longer than the compressed bytes the decompressed ones may be.
    ///
    /// Deflate reaches 1,032 at most: 258 bytes for two bits, which say "again what stood 1 to 4 bytes before". Longer
    /// distances cost more bits, so a JSON list of one item over and over, the most repetitive body that anybody sends in
    /// good faith, comes to 688 with items of 5 to 8 bytes, 516 with 9 to 16, 413 with 17 to 32. Together with `graceBytes`, 500
    /// lets every list of up to 32,768 equal items pass; lists of distinct items stay below 60, even when they are indented.
    /// A bomb of zeros is found out after 130 kB.
    var ratio = 500
    /// Bytes that are never too many for their ratio: the shortest bodies may well be all repetition.
    var graceBytes = 64 << 10

    init(bytes: Int) { self.bytes = bytes }

    /// - Throws: if so much may not come out of so little.
    func check(produced: Int, consumed: Int) throws(ContentCodingError) {
        guard produced <= bytes else { throw .tooLong(limit: bytes) }
        guard Double(produced) <= allowance(consumed) else { throw .ratioTooHigh(ratio: ratio) }
    }

    /// How many more compressed bytes cannot pass the ratio, not even for a moment, whatever they are; at least one.
    ///
    /// After so many it has to be checked again. If it were checked when a buffer is full, a body that passes it for a moment would
    /// be accepted when it comes at once, and refused when it comes byte by byte.
    func stride(produced: Int, consumed: Int) -> Int {
        // The first byte may complete what zlib keeps of those before.
        let bytes = (allowance(consumed) - Double(produced)) / Self.highestRatio - 1
        return max(1, Int(exactly: bytes.rounded(.down)) ?? .max)
    }

    private static let highestRatio = 1032.0

    /// How much the ratio lets come out of so many compressed bytes.
    private func allowance(_ consumed: Int) -> Double { Double(consumed) * Double(ratio) + Double(graceBytes) }
}
