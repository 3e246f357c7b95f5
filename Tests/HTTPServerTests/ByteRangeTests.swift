import Testing

@testable import HTTPServer

/// Ranges as RFC 9110 section 14 has them, of a body of 1,000 bytes with the tag "a".
@Suite struct ByteRangeTests {
    private func range(_ range: String?, ifRange: String? = nil, length: Int = 1_000) throws -> ByteRange {
        var request = HTTPRequest(method: "POST", path: "/")
        if let range { try request.fields.append("Range", range) }
        if let ifRange { try request.fields.append("If-Range", ifRange) }
        return ByteRange(request, length: length, entityTag: "\"a\"")
    }

    @Test(arguments: [
        ("bytes=0-499", 0..<500), ("bytes=500-999", 500..<1_000), ("bytes=500-", 500..<1_000), ("bytes=-500", 500..<1_000),
        ("bytes=0-0", 0..<1), ("bytes=-1", 999..<1_000), ("bytes=999-5000", 999..<1_000), ("bytes=-5000", 0..<1_000),
        ("Bytes=1-2", 1..<3), ("bytes=0-99999999999999999999999", 0..<1_000),
    ])
    func oneRangeIsAPart(_ field: String, _ expected: Range<Int>) throws {
        #expect(try range(field) == .part(expected))
    }

    @Test(arguments: ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999999-"])
    func whatLiesBehindTheEndIsUnsatisfiable(_ field: String) throws {
        #expect(try range(field) == .unsatisfiable)
        #expect(try range("bytes=0-", length: 0) == .unsatisfiable)
    }

    @Test(arguments: [
        nil, "bytes=", "bytes=-", "bytes=2-1", "bytes=0-1,5-6", "bytes=a-b", "bytes 0-1", "rows=0-1", "bytes=1--2", "bytes=+1-2",
        "bytes=0x1-2",
    ])
    func anythingElseIsIgnored(_ field: String?) throws {
        #expect(try range(field) == .whole)
    }

    @Test func aRangeOfAnotherBodyIsIgnored() throws {
        #expect(try range("bytes=0-1", ifRange: "\"a\"") == .part(0..<2))
        #expect(try range("bytes=0-1", ifRange: "\"b\"") == .whole)
        #expect(try range("bytes=0-1", ifRange: "W/\"a\"") == .whole)
        #expect(try range("bytes=0-1", ifRange: "Thu, 26 Nov 2026 18:00:00 GMT") == .whole)
    }

    @Test func theHeadSaysWhichPart() throws {
        let part = try HTTPResponse(range: .part(5..<10), length: 20, entityTag: "\"a\"", contentType: "text/plain")
        #expect(part.status.code == 206)
        #expect(part.fields["content-range"] == "bytes 5-9/20")
        #expect(part.fields["etag"] == "\"a\"")
        let whole = try HTTPResponse(range: .whole, length: 20, entityTag: "\"a\"", contentType: "text/plain")
        #expect(whole.status.code == 200)
        #expect(whole.fields["content-range"] == nil)
        #expect(whole.fields["accept-ranges"] == "bytes")
        do throws(Problem) {
            _ = try HTTPResponse(range: .unsatisfiable, length: 20, entityTag: "\"a\"", contentType: "text/plain")
            Issue.record("a range that is not there")
        } catch {
            #expect(error.status.code == 416)
            #expect(error.response().fields["content-range"] == "bytes */20")
        }
    }
}
