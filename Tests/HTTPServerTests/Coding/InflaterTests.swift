import Testing

@testable import HTTPServer

/// What the inflater reads and refuses.
@Suite struct InflaterTests {
    @Test func thereAreFixtures() {
        #expect(CodedFixture.all.count == 22)
        #expect(CodedFixture.plain.count > 300)
    }

    /// Whole, byte by byte, and cut at every position.
    @Test(arguments: CodedFixture.all)
    func readsWhatPythonWrote(fixture: CodedFixture) throws {
        let bytes = fixture.bytes
        #expect(try inflated([bytes[...]], fixture.coding) == CodedFixture.plain)
        #expect(try inflated(bytes.indices.map { bytes[$0...$0] }, fixture.coding) == CodedFixture.plain)
        for cut in 0...bytes.count {
            guard try inflated([bytes[..<cut], bytes[cut...]], fixture.coding) == CodedFixture.plain else {
                Issue.record("cut at \(cut)")
                return
            }
        }
    }

    /// Stored bytes come out one for one, so one of these cuts is where the buffer is just full.
    @Test func readsOnAfterAFullBuffer() throws {
        var generator = SeededGenerator(seed: 7)
        let input = generator.bytes(20_000)
        let body = try deflated(input)
        for cut in 16_384...16_420 { #expect(try inflated([body[..<cut], body[cut...]]) == input, "cut at \(cut)") }
    }

    /// No checksum follows bare deflate: when its last byte has been taken, more may wait than the buffer has room for.
    @Test func readsBareDeflateToItsEnd() throws {
        for count in 16_384..<16_384 + 600 {
            let body = try deflated([UInt8](repeating: 0, count: count), .deflate, level: 9).dropFirst(2).dropLast(4)
            #expect(try inflated([body], .deflate).count == count)
        }
    }

    @Test(arguments: ["-1", "-6", "-9"])
    func readsWhatTheSystemsGzipWrote(level: String) throws {
        var generator = SeededGenerator(seed: 8)
        for input in DeflaterTests.inputs where input.count < 200_000 {
            let coded = try systemGzip(level, "-c", input: input)
            #expect(try inflated(coded.pieces(using: &generator)) == input)
        }
    }

    /// Every beginning is incomplete, unless it ends where a member does.
    @Test(arguments: CodedFixture.all)
    func refusesTruncatedBodies(fixture: CodedFixture) throws {
        let endsOfMembers = fixture.name == "members" ? try Self.endsOfMembers(fixture.bytes) : []
        for end in fixture.bytes.indices where !endsOfMembers.contains(end) {
            #expect(throws: ContentCodingError.truncated, "\(end)") { try inflated([fixture.bytes[..<end]], fixture.coding) }
        }
        for end in endsOfMembers { #expect(throws: Never.self) { try inflated([fixture.bytes[..<end]]) } }
    }

    private static func endsOfMembers(_ bytes: [UInt8]) throws -> [Int] {
        let starts = bytes.indices.dropLast(2).filter { Array(bytes[$0..<$0 + 3]) == [0x1F, 0x8B, 8] }
        try #require(starts.count == 7)
        return Array(starts.dropFirst())
    }

    @Test(arguments: CodedFixture.all)
    func refusesTrailingData(fixture: CodedFixture) {
        for garbage in [[0], [0, 0, 0, 0], Array("garbage".utf8), [0x8B, 0x1F], [0x78]] as [[UInt8]] {
            #expect(throws: ContentCodingError.trailingData) { try inflated([(fixture.bytes + garbage)[...]], fixture.coding) }
            #expect(throws: ContentCodingError.trailingData) {
                try inflated([fixture.bytes[...], garbage[...]], fixture.coding)
            }
        }
    }

    @Test func refusesMembersThatAreNone() throws {
        let member = try deflated(Array("member".utf8))
        #expect(throws: ContentCodingError.truncated) { try inflated([(member + [0x1F])[...]]) }
        #expect(throws: ContentCodingError.corrupt(reason: "incorrect header check")) {
            try inflated([(member + [0x1F, 0x8C, 8, 0])[...]])
        }
        let zlib = try deflated([], .deflate)
        #expect(throws: ContentCodingError.trailingData) { try inflated([zlib[...], member[...]], .deflate) }
    }

    @Test func refusesOtherFormats() throws {
        let gzip = try deflated(CodedFixture.plain)
        let zlib = try deflated(CodedFixture.plain, .deflate)
        for body in [CodedFixture.plain, zlib] {
            #expect(throws: ContentCodingError.corrupt(reason: "incorrect header check")) { try inflated([body[...]]) }
        }
        for body in [CodedFixture.plain, gzip] {
            #expect(throws: ContentCodingError.self) { try inflated([body[...]], .deflate) }
        }
    }

    @Test func refusesAPresetDictionary() {
        #expect(throws: ContentCodingError.presetDictionary) {
            try inflated([CodedFixture.read("dictionary")[...]], .deflate)
        }
    }

    /// The last bytes: CRC-32 and length for gzip, Adler-32 for zlib.
    @Test func refusesWrongChecksums() throws {
        for (coding, count) in [(ContentCoding.gzip, 8), (.deflate, 4)] {
            let body = try deflated(CodedFixture.plain, coding)
            for index in body.indices.suffix(count) {
                var damaged = body
                damaged[index] ^= 0x40
                #expect(throws: ContentCodingError.checksumMismatch) { try inflated([damaged[...]], coding) }
            }
        }
    }

    /// A flipped bit is an error, or in a field of the header that says nothing about the data.
    @Test(arguments: CodedFixture.all)
    func noticesFlippedBits(fixture: CodedFixture) throws {
        let hasChecksum = !fixture.name.hasPrefix("bare")
        var damaged = fixture.bytes
        for index in damaged.indices {
            for bit in 0..<8 {
                damaged[index] ^= 1 << bit
                if let output = try? inflated([damaged[...]], fixture.coding), hasChecksum, output != CodedFixture.plain {
                    Issue.record("bit \(bit) of byte \(index) goes unnoticed")
                }
                damaged[index] ^= 1 << bit
            }
        }
    }

    @Test(arguments: [ContentCoding.gzip, .deflate])
    func survivesRandomInputs(coding: ContentCoding) {
        var generator = SeededGenerator(seed: 9)
        let beginnings: [[UInt8]] =
            coding == .gzip
            ? [[], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], [0x1F, 0x8B, 8, 0x1F], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 4]]
            : [[], [0x78, 0x9C], [0x78, 0x9C, 5], [4], [3]]
        for round in 0..<5_000 {
            let bytes = beginnings[round % beginnings.count] + generator.bytes(Int(generator.next() % 300))
            var output: [UInt8] = []
            try? inflate([bytes[...]], coding, limits: InflationLimits(bytes: 10_000), to: &output)
            #expect(output.count <= 10_000)
        }
    }

    @Test(arguments: CodedFixture.all)
    func survivesDamagedFixtures(fixture: CodedFixture) {
        var generator = SeededGenerator(seed: 10)
        for _ in 0..<300 {
            var bytes = fixture.bytes
            for _ in 0...generator.next() % 4 {
                bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            let cut = Int(generator.next() % UInt64(bytes.count))
            var output: [UInt8] = []
            try? inflate([bytes[..<cut], bytes[cut...]], fixture.coding, limits: InflationLimits(bytes: 10_000), to: &output)
            #expect(output.count <= 10_000)
        }
    }
}
