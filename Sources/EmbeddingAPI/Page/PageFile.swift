import CPage
import HTTPServer

/// A file for browsers that comes with the binary.
struct PageFile: Sendable {
    private let bytes: [UInt8]
    private let contentType: String
    /// Weak, as the file may come compressed or not (RFC 9110 section 8.8.1).
    private let entityTag: String

    init(_ bytes: [UInt8], _ contentType: String) {
        self.bytes = bytes
        self.contentType = contentType
        entityTag = "W/\"\(String(Self.hash(bytes), radix: 16))\""
    }

    private init(_ file: page_file, _ contentType: String) {
        self.init(Array(UnsafeBufferPointer(start: file.bytes, count: file.count)), contentType)
    }

    static let page = PageFile(page_html(), "text/html; charset=utf-8")
    static let styles = PageFile(page_css(), "text/css; charset=utf-8")
    static let script = PageFile(page_js(), "text/javascript; charset=utf-8")
    static let icon = PageFile(page_icon(), "image/svg+xml")
    /// RFC 9512.
    static let contract = PageFile(page_contract(), "application/yaml")
    static let documentation = PageFile(
        Array(ContractPage(String(decoding: contract.bytes, as: UTF8.self)).html.utf8), page.contentType)

    /// FNV-1a: tells versions of a file apart, and nobody gains anything by two that are alike.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// The file, or 304 if the client has it already.
    func answer(to request: HTTPRequest) -> HTTPResponse {
        var response = HTTPResponse()
        for (name, value) in Self.safety { response.fields.append(trusted: name, value) }
        response.fields.append(trusted: "ETag", entityTag)
        // A new version of the service has new files under the same names: clients keep them, but ask each time.
        response.fields.append(trusted: "Cache-Control", "no-cache")
        if isKnown(to: request) {
            response.status = .notModified
            // As the answer with a body has it (section 15.4.5).
            response.fields.append(trusted: "Vary", "Accept-Encoding")
        } else {
            response.fields.append(trusted: "Content-Type", contentType)
            response.body = bytes
        }
        return response
    }

    /// Whether the client's copy, by `If-None-Match`, is this one; tags are compared weakly (RFC 9110 section 13.1.2).
    private func isKnown(to request: HTTPRequest) -> Bool {
        guard let tags = request.fields["If-None-Match"] else { return false }
        return tags.split(separator: ",").contains { element in
            let tag = String(element.filter { $0 != " " && $0 != "\t" })
            return tag == "*" || tag == entityTag || "W/" + tag == entityTag
        }
    }

    /// What a browser may do with it: nothing but load our own files and ask our own routes.
    private static let safety = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ]
}
