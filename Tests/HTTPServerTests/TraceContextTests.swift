import Testing

@testable import HTTPServer

/// W3C Trace Context, sections 3.2.2 and 4.3.
@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    /// What a context says, in the order trace, span, flags.
    private func fields(_ traceparent: String) -> [String]? {
        TraceContext(traceparent: traceparent).map { context in
            [context.appendTraceID, context.appendSpanID, context.appendFlags].map { append in
                var bytes: [UInt8] = []
                append(&bytes)
                return String(decoding: bytes, as: UTF8.self)
            }
        }
    }

    @Test func readsWhatTheSpecificationShows() {
        #expect(fields("00-\(Self.trace)-\(Self.span)-01") == [Self.trace, Self.span, "01"])
        #expect(fields("00-\(Self.trace)-\(Self.span)-00") == [Self.trace, Self.span, "00"])
        #expect(fields("00-0000000000000000000000000000000a-\(Self.span)-ff")?[0] == "0000000000000000000000000000000a")
        #expect(fields("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") == ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "01"])
    }

    /// Versions to come begin in the same way; what may follow stands behind a dash.
    @Test func readsTheBeginningOfLaterVersions() {
        #expect(fields("cc-\(Self.trace)-\(Self.span)-01-what-the-future-will-be") == [Self.trace, Self.span, "01"])
        #expect(fields("cc-\(Self.trace)-\(Self.span)-01") == [Self.trace, Self.span, "01"])
        #expect(fields("cc-\(Self.trace)-\(Self.span)-01.what") == nil)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-1", "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-extra",
        "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01", "0A-\(trace)-\(span)-01",
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01", "ff-\(trace)-\(span)-01",
        "00_\(trace)-\(span)-01", "00-\(trace)_\(span)-01", "00-\(trace)-\(span)_01", "00-\(trace.dropLast())g-\(span)-01",
        "00-\(trace)-\(span)-0x", " 00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01 ", "00-\(trace.dropLast(2))é-\(span)-01",
        // Two fields of that name are one list.
        "00-\(trace)-\(span)-01, 00-\(trace)-\(span)-01",
    ])
    func ignoresEverythingElse(traceparent: String) {
        #expect(TraceContext(traceparent: traceparent) == nil)
    }
}
