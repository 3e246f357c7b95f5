import Foundation
import Testing

/// What the service has for browsers; how it behaves in one is tested in Tests/Integration.
@Suite struct PageTests {
    private static let types = [
        "/": "text/html; charset=utf-8", "/docs": "text/html; charset=utf-8", "/page.css": "text/css; charset=utf-8",
        "/page.js": "text/javascript; charset=utf-8", "/icon.svg": "image/svg+xml", "/favicon.ico": "image/svg+xml",
        "/openapi.yaml": "application/yaml",
    ]

    @Test func filesComeWithTheirTypesAndMayLoadNothingFromElsewhere() throws {
        let server = try ServerProcess()
        for (path, type) in Self.types {
            let answer = try server.curl(path)
            #expect(answer.status == 200 && answer.fields["content-type"] == type, "\(path)")
            let policy = try #require(answer.fields["content-security-policy"])
            #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe"))
            #expect(answer.fields["x-content-type-options"] == "nosniff" && answer.fields["referrer-policy"] == "no-referrer")
            #expect(!answer.body.isEmpty)

            let head = try server.curl(path, ["--head"])
            #expect(head.status == 200 && head.body.isEmpty && head.fields["etag"] == answer.fields["etag"], "\(path)")
            #expect(head.fields["content-length"] == "\(answer.body.count)", "\(path)")
        }
    }

    /// RFC 9110 section 13.1.2: tags are compared weakly, so that a compressed copy is as good as a plain one.
    @Test func copiesThatAreStillGoodAreNotSentAgain() throws {
        let server = try ServerProcess()
        for path in Self.types.keys {
            let answer = try server.curl(path)
            let tag = try #require(answer.fields["etag"])
            #expect(tag.hasPrefix("W/\"") && answer.fields["cache-control"] == "no-cache")
            let strong = String(tag.dropFirst(2))
            for known in [tag, strong, "\"other\", \(tag)", "\"a\" , \(strong)  ,\"b\"", "*"] {
                let again = try server.curl(path, ["-H", "If-None-Match: \(known)"])
                #expect(again.status == 304 && again.body.isEmpty && again.fields["etag"] == tag, "\(path) \(known)")
                #expect(again.fields["vary"] == "Accept-Encoding", "\(path)")
            }
            #expect(try server.curl(path, ["-H", "If-None-Match: W/\"other\""]).status == 200, "\(path)")
            #expect(try server.curl(path, ["--compressed"]).body == answer.body, "\(path)")
        }
    }

    @Test func theContractIsTheFileItself() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("openapi.yaml")
        let body = try ServerProcess().curl("/openapi.yaml").body
        #expect(try body == Data(contentsOf: file))
    }

    @Test func theDocumentationHasEverythingThatTheContractHas() throws {
        let contract = try Contract()
        let yaml = String(decoding: try ServerProcess().curl("/openapi.yaml").body, as: UTF8.self)
        let html = String(decoding: try ServerProcess().curl("/docs").body, as: UTF8.self)
        for operation in contract.operations {
            #expect(html.contains("id=\"\(operation.id)\""), "\(operation.id)")
            for name in operation.requests.keys { #expect(html.contains("Example <code>\(name)</code>"), "\(name)") }
        }
        for path in yaml.matches(of: /\n  (\/[^:]*):\n/) { #expect(html.contains("<code>\(path.1)</code>"), "\(path.1)") }
        for code in contract.problemCodes { #expect(html.contains("<code>\(code)</code>"), "\(code)") }
        // Every link within the page leads somewhere.
        let anchors = Set(html.matches(of: /id="([^"]+)"/).map { String($0.1) })
        for link in html.matches(of: /href="#([^"]+)"/) { #expect(anchors.contains(String(link.1)), "\(link.1)") }
        #expect(anchors.count == html.matches(of: /\sid="/).count, "an anchor is there twice")
    }

    /// Neither page has scripts or styles of its own, which the policy would forbid.
    @Test(arguments: ["/", "/docs"]) func nothingIsInline(path: String) throws {
        let html = String(decoding: try ServerProcess().curl(path).body, as: UTF8.self)
        #expect(!html.contains("style=") && !html.contains("<style") && !html.contains(/\son[a-z]+=/), "\(path)")
        let ownScripts = html.matches(of: /<script src="\/page\.js" defer><\/script>/).count
        #expect(html.matches(of: /<script/).count == ownScripts)
        #expect(!html.contains(/(src|href)="(https?:)?\/\//))
    }
}
