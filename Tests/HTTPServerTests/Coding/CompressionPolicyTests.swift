import Testing

@testable import HTTPServer

@Suite struct CompressionPolicyTests {
    let policy = CompressionPolicy()

    @Test(arguments: [
        "application/json", "Application/JSON; charset=utf-8", "application/problem+json", "application/x-ndjson",
        "application/yaml", "application/openapi+yaml", "text/plain;version=0.0.4", "text/html", "text/event-stream", "TEXT/CSV",
        "image/svg+xml", "application/atom+xml", "application/openmetrics-text; version=1.0.0", " application/json ;x=y",
    ])
    func compressesText(type: String) {
        #expect(policy.compresses(status: .ok, contentType: type, contentLength: 1 << 20))
    }

    @Test(arguments: [
        nil, "", "application/octet-stream", "application/safetensors", "application/vnd.safetensors", "image/png", "image/jpeg",
        "application/gzip", "application/zip", "application/json-seq-in-a-box", "text", "application/x; charset=text/plain",
        "audio/mpeg", "multipart/form-data; boundary=+json",
    ] as [String?])
    func leavesTheRestAlone(type: String?) {
        #expect(!policy.compresses(status: .ok, contentType: type, contentLength: 1 << 20))
    }

    @Test(arguments: [(0, false), (1023, false), (1024, true), (1 << 40, true), (nil, true)] as [(Int?, Bool)])
    func leavesSmallBodiesAlone(length: Int?, isWorthIt: Bool) {
        #expect(policy.compresses(status: .ok, contentType: "application/json", contentLength: length) == isWorthIt)
    }

    @Test func theMinimumIsConfigurable() {
        var policy = policy
        policy.minimumBytes = 10
        #expect(policy.compresses(status: .ok, contentType: "application/json", contentLength: 10))
        #expect(!policy.compresses(status: .ok, contentType: "application/json", contentLength: 9))
    }

    @Test(arguments: [
        (100, false), (103, false), (200, true), (201, true), (204, false), (205, false), (206, false), (304, false), (404, true),
        (422, true), (500, true),
    ])
    func knowsWhichStatusesHaveABody(code: Int, isWorthIt: Bool) {
        let status = HTTPStatus(code, "")
        #expect(policy.compresses(status: status, contentType: "application/json", contentLength: 1 << 20) == isWorthIt)
    }

    @Test(arguments: ["gzip", "br", "identity", ""])
    func neverCompressesTwice(contentEncoding: String) {
        #expect(
            !policy.compresses(
                status: .ok, contentType: "application/json", contentLength: 1 << 20, contentEncoding: contentEncoding))
    }

    @Test(arguments: [
        (nil, true), ("no-store", true), ("max-age=60, private", true), ("no-transform", false), ("No-Transform", false),
        ("public, no-transform, max-age=1", false), ("no-store,no-transform", false), ("no-transformer", true),
    ] as [(String?, Bool)])
    func respectsNoTransform(cacheControl: String?, isWorthIt: Bool) {
        let compresses = policy.compresses(
            status: .ok, contentType: "application/json", contentLength: 1 << 20, cacheControl: cacheControl)
        #expect(compresses == isWorthIt)
    }
}
