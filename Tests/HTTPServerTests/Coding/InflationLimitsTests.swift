import Testing

@testable import HTTPServer

/// Bodies that grow too much, and those that only look like it.
@Suite struct InflationLimitsTests {
    static let zeros = [UInt8](repeating: 0, count: 10_000_000)

    @Test(arguments: [ContentCoding.gzip, .deflate])
    func aBombIsFoundOutEarly(coding: ContentCoding) throws {
        let bomb = try deflated(Self.zeros, coding, level: 9)
        var output: [UInt8] = []
        #expect(throws: ContentCodingError.ratioTooHigh(ratio: 500)) {
            try inflate([bomb[...]], coding, limits: InflationLimits(bytes: 16 << 20), to: &output)
        }
        #expect(output.count < 150_000)
    }

    /// The same when it comes byte by byte: it is refused before most of it has been read.
    @Test func aBombIsFoundOutWhileItArrives() throws {
        let bomb = try deflated(Self.zeros, level: 9)
        var inflater = try inflater(.gzip, limits: InflationLimits(bytes: 16 << 20))
        var output: [UInt8] = []
        var fed = 0
        #expect(throws: ContentCodingError.ratioTooHigh(ratio: 500)) {
            for byte in bomb {
                let piece = [byte]
                try inflater.append(piece.span, to: &output)
                fed += 1
            }
        }
        #expect(fed < 250)
        #expect(output.count < 150_000)
    }

    @Test(arguments: [ContentCoding.gzip, .deflate], [0, 1, 16 << 10, (16 << 10) + 1, 1_000_000])
    func theOutputNeverPassesItsLimit(coding: ContentCoding, limit: Int) throws {
        let bomb = try deflated(Self.zeros, coding, level: 9)
        var limits = InflationLimits(bytes: limit)
        limits.ratio = 2000
        var output: [UInt8] = []
        #expect(throws: ContentCodingError.tooLong(limit: limit)) { try inflate([bomb[...]], coding, limits: limits, to: &output) }
        #expect(output.count <= limit && output.count > limit - 16 << 10)
    }

    @Test(arguments: [0, 1, 500, 16 << 10, 100_000])
    func aBodyMayBeAsLongAsTheLimit(count: Int) throws {
        var generator = SeededGenerator(seed: 11)
        let input = generator.bytes(count)
        let body = try deflated(input)
        #expect(try inflated([body[...]], limits: InflationLimits(bytes: count)) == input)
        guard count > 0 else { return }
        #expect(throws: ContentCodingError.tooLong(limit: count - 1)) {
            try inflated([body[...]], limits: InflationLimits(bytes: count - 1))
        }
    }

    /// What counts is the byte after which the most has come out beyond the ratio.
    @Test func theRatioIsExact() throws {
        let body = try deflated([UInt8](repeating: 0, count: 16_000), level: 9)
        var output: [UInt8] = []
        var excess = 0
        var inflater = try inflater(.gzip, limits: InflationLimits(bytes: 1 << 20))
        for index in body.indices {
            let piece = body[index...index]
            try inflater.append(piece.span, to: &output)
            excess = max(excess, output.count - 100 * (index + 1))
        }
        var limits = InflationLimits(bytes: 1 << 20)
        limits.ratio = 100
        limits.graceBytes = excess
        #expect(try inflated([body[...]], limits: limits) == output)
        limits.graceBytes -= 1
        #expect(throws: ContentCodingError.ratioTooHigh(ratio: 100)) { try inflated([body[...]], limits: limits) }
    }

    /// Zeros, and then what makes up for them: a body that is too repetitive only at its beginning.
    @Test func theRatioIsTheSameHoweverTheBodyIsCut() throws {
        var generator = SeededGenerator(seed: 12)
        let body = try deflated([UInt8](repeating: 0, count: 15_000) + generator.bytes(1_000), level: 9)
        var limits = InflationLimits(bytes: 1 << 20)
        limits.ratio = 100
        limits.graceBytes = 1_000
        for pieces in [[body[...]], body.indices.map { body[$0...$0] }] {
            var output: [UInt8] = []
            #expect(throws: ContentCodingError.ratioTooHigh(ratio: 100)) { try inflate(pieces, .gzip, limits: limits, to: &output) }
        }
    }

    /// A bomb inside a bomb is one layer's worth of bytes: nothing is decompressed twice.
    @Test func onlyOneLayerIsUndone() throws {
        let inner = try deflated(Self.zeros, level: 9)
        let outer = try deflated(inner, level: 9)
        #expect(try inflated([outer[...]]) == inner)
    }

    /// Each member is short enough to pass; together they are not.
    @Test func membersCountTogether() throws {
        let member = try deflated([UInt8](repeating: 0, count: 60_000), level: 9)
        let bomb = repeated(member, 100)
        var output: [UInt8] = []
        #expect(throws: ContentCodingError.ratioTooHigh(ratio: 500)) {
            try inflate([bomb[...]], .gzip, limits: InflationLimits(bytes: 16 << 20), to: &output)
        }
        #expect(output.count < 500_000)
        var generous = InflationLimits(bytes: 1_000_000)
        generous.ratio = 2000
        #expect(throws: ContentCodingError.tooLong(limit: 1_000_000)) { try inflated([bomb[...]], limits: generous) }
    }

    @Test func emptyMembersComeToAnEnd() throws {
        let empty = try deflated([])
        let body = repeated(empty, 50_000) + [0]
        #expect(try inflated([body.dropLast()]) == [])
        #expect(throws: ContentCodingError.trailingData) { try inflated([body[...]]) }
    }

    /// The most repetitive bodies that anybody sends in good faith: one item, over and over. The lengths are those after which
    /// a distance costs a bit more.
    @Test(arguments: [4, 5, 8, 9, 16, 17, 32, 33, 64, 100], [100, 10_000, 32_768])
    func equalItemsPass(length: Int, count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(length))
        let item = "\"" + String(decoding: generator.digits(length - 3), as: UTF8.self) + "\","
        let body = Array((#"{"tokens":["# + String(repeating: item, count: count) + #"""]}"#).utf8)
        let coded = try deflated(body, level: 9)
        #expect(try inflated([coded[...]]).count == body.count)
    }
}
