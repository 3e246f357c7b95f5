@testable import HTTPServer

/// `#require` does not take values that cannot be copied.
func deflater(_ coding: ContentCoding, level: Int) throws -> Deflater {
    guard let deflater = Deflater(coding, level: level) else { throw NothingToDo() }
    return deflater
}

func inflater(_ coding: ContentCoding, limits: InflationLimits) throws -> Inflater {
    guard let inflater = try Inflater(coding, limits: limits) else { throw NothingToDo() }
    return inflater
}

struct NothingToDo: Error {}

func deflated(_ input: [UInt8], _ coding: ContentCoding = .gzip, level: Int = 6) throws -> [UInt8] {
    var output: [UInt8] = []
    var deflater = try deflater(coding, level: level)
    deflater.append(input.span, to: &output)
    deflater.finish(to: &output)
    return output
}

func inflated(
    _ pieces: [ArraySlice<UInt8>], _ coding: ContentCoding = .gzip, limits: InflationLimits = InflationLimits(bytes: 1 << 24)
) throws -> [UInt8] {
    var output: [UInt8] = []
    try inflate(pieces, coding, limits: limits, to: &output)
    return output
}

/// Keeps what was decompressed before an error.
func inflate(
    _ pieces: [ArraySlice<UInt8>], _ coding: ContentCoding, limits: InflationLimits, to output: inout [UInt8]
) throws {
    var inflater = try inflater(coding, limits: limits)
    for piece in pieces { try inflater.append(piece.span, to: &output) }
    try inflater.finish()
}

func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] { Array(repeatElement(bytes, count: count).joined()) }

/// The same numbers in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    /// Like the rows of an answer: compressible, but not by much.
    mutating func digits(_ count: Int) -> [UInt8] { (0..<count).map { _ in Array("0123456789,-.".utf8)[Int(next() % 13)] } }
}

extension [UInt8] {
    /// Cut into pieces of random lengths, some of them empty.
    func pieces(using generator: inout SeededGenerator) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var position = 0
        while position < count {
            let end = Swift.min(position + Int(generator.next() % 20_000), count)
            pieces.append(self[position..<end])
            position = end
        }
        return pieces
    }
}
