import Testing

@testable import HTTPServer

@Suite struct DeflaterTests {
    static let inputs: [[UInt8]] = {
        var generator = SeededGenerator(seed: 1)
        return [
            [], [7], Array("a line\n".utf8), generator.bytes(16_384), generator.bytes(100_000), generator.digits(100_000),
            [UInt8](repeating: 0, count: 200_000),
        ]
    }()

    /// Levels outside 1 to 9 count as the nearer end.
    @Test(arguments: [Int.min, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, .max])
    func theSystemsGzipReadsIt(level: Int) throws {
        var generator = SeededGenerator(seed: 2)
        var output: [UInt8] = []
        // Members in a row, so that one process reads them all.
        for input in Self.inputs {
            var deflater = try deflater(.gzip, level: level)
            for piece in input.pieces(using: &generator) { deflater.append(piece.span, to: &output) }
            deflater.finish(to: &output)
        }
        #expect(try systemGzip("-dc", input: output) == Self.inputs.flatMap { $0 })
    }

    /// RFC 1950: two bytes that are a multiple of 31, bare deflate, Adler-32. gzip reads the middle in a frame of its own.
    @Test(arguments: [1, 6, 9])
    func deflateIsTheZlibFormat(level: Int) throws {
        for input in Self.inputs {
            let output = try deflated(input, .deflate, level: level)
            #expect(output[0] & 0x0F == 8 && (Int(output[0]) << 8 | Int(output[1])) % 31 == 0 && output[1] & 0x20 == 0)
            #expect(output.suffix(4) == Self.bigEndian(Self.adler32(input)))
            let gzipTrailer = try deflated(input, .gzip).suffix(8)
            let reframed = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + output.dropFirst(2).dropLast(4) + gzipTrailer
            #expect(try systemGzip("-dc", input: reframed) == input)
        }
    }

    @Test(arguments: [ContentCoding.gzip, .deflate])
    func comesBackThroughTheInflater(coding: ContentCoding) throws {
        var generator = SeededGenerator(seed: 4)
        var limits = InflationLimits(bytes: 1 << 20)
        limits.ratio = 2000
        for level in 1...9 {
            for input in Self.inputs {
                let output = try deflated(input, coding, level: level)
                #expect(try inflated(output.pieces(using: &generator), coding, limits: limits) == input)
            }
        }
    }

    /// A client that reads a stream sees each line as soon as it is flushed.
    @Test(arguments: [ContentCoding.gzip, .deflate], [1, 6])
    func aFlushedLineIsVisible(coding: ContentCoding, level: Int) throws {
        var deflater = try deflater(coding, level: level)
        var inflater = try inflater(coding, limits: InflationLimits(bytes: 1 << 20))
        var generator = SeededGenerator(seed: 5)
        var sent: [UInt8] = []
        var seen: [UInt8] = []
        for length in [0, 1, 20, 5000, 40_000, 0, 3] {
            var piece: [UInt8] = []
            let line = generator.digits(length) + [0x0A]
            deflater.append(line.span, to: &piece)
            deflater.flush(to: &piece)
            sent += line
            try inflater.append(piece.span, to: &seen)
            #expect(seen == sent)
        }
        var end: [UInt8] = []
        deflater.finish(to: &end)
        try inflater.append(end.span, to: &seen)
        try inflater.finish()
        #expect(seen == sent)
    }

    @Test func flushingTwiceAddsNothing() throws {
        var deflater = try deflater(.gzip, level: 6)
        var output: [UInt8] = []
        deflater.append(Array("a line\n".utf8).span, to: &output)
        deflater.flush(to: &output)
        let count = output.count
        deflater.flush(to: &output)
        #expect(output.count == count)
    }

    /// Long enough that zlib fills the buffer exactly now and then: nothing may be lost or marked twice.
    @Test func flushesAtEveryFillOfTheBuffer() throws {
        var generator = SeededGenerator(seed: 6)
        for length in 16_300...16_400 {
            var deflater = try deflater(.gzip, level: 1)
            let input = generator.bytes(length)
            var output: [UInt8] = []
            deflater.append(input.span, to: &output)
            deflater.flush(to: &output)
            deflater.finish(to: &output)
            #expect(try inflated([output[...]]) == input)
            #expect(output.count < length + 60)
        }
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return b << 16 | a
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
