import HTTPServer
import Testing

@testable import EmbeddingAPI

/// Content negotiation by RFC 9110 section 12.5.1.
@Suite struct MediaTypeTests {
    private func negotiate(_ accept: String?, _ offered: [MediaType]) throws -> MediaType? {
        var request = HTTPRequest(method: "POST", path: "/")
        if let accept { try request.fields.append("Accept", accept) }
        do throws(Problem) {
            return try MediaType.negotiate(request, offered: offered)
        } catch {
            #expect(error.status.code == 406)
            return nil
        }
    }

    @Test(arguments: [
        ("image/svg+xml", .svg), ("image/*;q=0.4, application/*;q=0.3", .svg), ("image/png, application/json;q=0.1", .json),
        ("text/html, image/svg+xml, */*;q=0.8", .svg), ("image/png", nil), ("image/*;q=0", nil),
        (nil, .json), ("*/*", .json), ("application/json", .json), ("APPLICATION/JSON", .json),
        ("text/html, application/*;q=0.2", .json), ("application/vnd.safetensors", .safetensors),
        ("application/x-ndjson; q=0.5, application/vnd.safetensors;q=0.9", .safetensors),
        ("application/json;q=0.1, */*", .safetensors), ("application/json;q=0, */*;q=0.1", .safetensors),
        ("application/vnd.safetensors, application/json", .json), ("application/x-ndjson, */*;q=0.5", .ndjson),
        ("text/html", nil), ("application/json;q=0", nil), ("application/json; q=0.0, text/html", nil), ("", nil), (",", nil),
    ] as [(String?, MediaType?)])
    func prefersWhatTheClientPrefers(accept: String?, expected: MediaType?) throws {
        #expect(try negotiate(accept, [.json, .safetensors, .ndjson, .svg]) == expected)
    }

    @Test func offersOnlyWhatARouteHas() throws {
        #expect(try negotiate("application/json", [.safetensors]) == nil)
        #expect(try negotiate(nil, [.safetensors]) == .safetensors)
    }

    @Test(arguments: [
        (nil, true), ("application/json", true), ("Application/JSON; charset=utf-8", true), ("text/plain", false),
        ("application/json5", false), ("application/x-www-form-urlencoded", false),
    ])
    func bodiesAreJSON(contentType: String?, isAllowed: Bool) throws {
        var request = HTTPRequest(method: "POST", path: "/")
        if let contentType { try request.fields.append("Content-Type", contentType) }
        do throws(Problem) {
            try MediaType.checkBody(of: request)
            #expect(isAllowed)
        } catch {
            #expect(!isAllowed && error.status.code == 415)
        }
    }
}
