import Testing

@testable import HTTPServer

@Suite struct ContentCodingTests {
    @Test(arguments: [
        (nil, .identity), ("", .identity), ("identity", .identity), ("gzip", .gzip), ("GZip", .gzip), ("x-gzip", .gzip),
        ("X-GZIP", .gzip), ("deflate", .deflate), (" gzip\t", .gzip), ("identity, gzip", .gzip), (", deflate ,", .deflate),
        ("gzip, identity", .gzip), ("br", nil), ("zstd", nil), ("compress", nil), ("x-deflate", nil), ("*", nil), ("gzip;q=1", nil),
        ("gzip gzip", nil), ("gzip, gzip", nil), ("gzip, deflate", nil), ("gzip, br", nil), ("gzıp", nil),
    ] as [(String?, ContentCoding?)])
    func readsContentEncoding(value: String?, coding: ContentCoding?) {
        #expect(ContentCoding(contentEncoding: value) == coding)
    }

    @Test func identityIsNothingToDo() {
        #expect(throws: NothingToDo.self) { _ = try deflater(.identity, level: 6) }
        #expect(throws: NothingToDo.self) { _ = try inflater(.identity, limits: InflationLimits(bytes: 1)) }
    }

    @Test(arguments: [
        (.truncated, 400), (.trailingData, 400), (.corrupt(reason: "incorrect header check"), 400), (.checksumMismatch, 400),
        (.presetDictionary, 400), (.tooLong(limit: 77), 413), (.ratioTooHigh(ratio: 500), 413), (.outOfMemory, 503),
    ] as [(ContentCodingError, Int)])
    func errorsAreProblems(error: ContentCodingError, status: Int) {
        #expect(error.problem.status.code == status)
        #expect(error.problem.detail == error.description)
    }

    @Test func errorsNameTheCulprit() {
        #expect(ContentCodingError.corrupt(reason: "invalid distance").description.hasSuffix(": invalid distance"))
        #expect(ContentCodingError.tooLong(limit: 77).description.contains("77 bytes"))
        #expect(ContentCodingError.ratioTooHigh(ratio: 500).description.contains("500 times"))
    }
}
