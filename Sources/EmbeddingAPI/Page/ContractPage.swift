import Yams

/// The contract for people: a page made of `openapi.yaml`, so that it says nothing else.
struct ContractPage {
    let html: String

    /// - Parameter yaml: of the file that comes with the binary. If it were no YAML, which tests would notice, the page would
    ///   say where the file is and nothing more.
    init(_ yaml: String) {
        var html = HTMLWriter()
        html.doctype()
        html.element("html", ["lang": "en"]) { html in
            Self.writeHead(to: &html)
            html.element("body", ["class": "docs"]) { html in
                html.element("a", ["class": "skip", "href": "#content"], "Skip to the content")
                Self.writeHeader(to: &html)
                if let contract = try? Contract(yaml) { ContractWriter(contract).write(to: &html) }
            }
        }
        self.html = html.html
    }

    private static func writeHead(to html: inout HTMLWriter) {
        html.element("head") { head in
            head.open("meta", ["charset": "utf-8"])
            head.open("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
            head.open("meta", ["name": "color-scheme", "content": "light dark"])
            head.element("title", "The API of hyperembed")
            head.open("link", ["rel": "icon", "href": "/icon.svg", "type": "image/svg+xml"])
            head.open("link", ["rel": "stylesheet", "href": "/page.css"])
        }
    }

    private static func writeHeader(to html: inout HTMLWriter) {
        html.element("header", ["class": "top"]) { header in
            header.element("a", ["class": "name", "href": "/"], "hyperembed")
            header.element("nav", ["aria-label": "Site"]) { nav in
                nav.link(to: "/", "Try it")
                nav.element("a", ["href": "/docs", "aria-current": "page"], "API")
                nav.link(to: "/openapi.yaml", "openapi.yaml")
            }
        }
    }
}
