import Yams

/// Writes a contract's operations, problems and schemas as HTML, each with an anchor: `#embedTokens`, `#response-NotFound`,
/// `#schema-Token`.
struct ContractWriter {
    private let contract: Contract

    init(_ contract: Contract) { self.contract = contract }

    func write(to html: inout HTMLWriter) {
        html.element("div", ["class": "columns"]) { columns in
            writeContents(to: &columns)
            columns.element("main", ["id": "content"]) { main in
                main.element("h1", "The API")
                main.element("p", ["class": "lead"], contract.info.text("summary") ?? "")
                writeDescription(of: contract.info, to: &main)
                writeSecurity(to: &main)
                for tag in contract.tags { write(tag, to: &main) }
                writeProblems(to: &main)
                writeSchemas(to: &main)
            }
        }
    }

    // MARK: Table of contents

    private func writeContents(to html: inout HTMLWriter) {
        html.element("nav", ["class": "contents", "aria-label": "Contents"]) { nav in
            for tag in contract.tags {
                let name = tag.text("name") ?? ""
                writeContents(of: name, "tag-\(name)", to: &nav) { list in
                    for operation in operations(tag) {
                        list.element("li") { $0.link(to: "#\(operation.id)", operation.path) }
                    }
                }
            }
            writeContents(of: "problems", "problems", to: &nav) { list in
                for (name, response) in problems {
                    list.element("li") { $0.link(to: "#response-\(name)", "\(status(response)) \(words(name))") }
                }
            }
            writeContents(of: "schemas", "schemas", to: &nav) { list in
                for (name, _) in contract.schemas { list.element("li") { $0.link(to: "#schema-\(name)", name) } }
            }
        }
    }

    private func writeContents(
        of title: String, _ anchor: String, to html: inout HTMLWriter, _ writeItems: (inout HTMLWriter) -> Void
    ) {
        html.element("a", ["class": "heading", "href": "#\(anchor)"], Self.capitalized(title))
        html.element("ul") { writeItems(&$0) }
    }

    /// A part of the page that is called by its heading.
    private func writeSection(
        _ id: String, title: String, to html: inout HTMLWriter, content: (inout HTMLWriter) -> Void
    ) {
        html.element("section", ["id": id, "aria-labelledby": "\(id)-title"]) { section in
            section.element("h2", ["id": "\(id)-title"]) { $0.text(title) }
            content(&section)
        }
    }

    // MARK: Operations

    private func operations(_ tag: Node) -> [Contract.Operation] {
        contract.operations.filter { operation in
            operation.node.nodes("tags").contains { $0.scalar?.string == tag.text("name") }
        }
    }

    private func write(_ tag: Node, to html: inout HTMLWriter) {
        let name = tag.text("name") ?? ""
        writeSection("tag-\(name)", title: Self.capitalized(name), to: &html) { section in
            writeDescription(of: tag, to: &section)
            for operation in operations(tag) { write(operation, to: &section) }
        }
    }

    private func write(_ operation: Contract.Operation, to html: inout HTMLWriter) {
        let node = operation.node
        html.element("article", ["id": operation.id]) { article in
            article.element("h3") { title in
                title.element("a", ["href": "#\(operation.id)"]) { link in
                    link.element("span", ["class": "method"], operation.method)
                    link.text(" ")
                    link.element("code", operation.path)
                }
            }
            article.element("p", ["class": "lead"]) { lead in
                lead.text((node.text("summary") ?? "") + " ")
                lead.element("code", ["class": "operation"], operation.id)
            }
            writeCircumstances(of: operation, to: &article)
            writeDescription(of: node, to: &article)
            writeParameters(operation.parameters, to: &article)
            if let body = node["requestBody"] {
                article.element("h4", "Request")
                writeContent(of: body, to: &article)
            }
            writeAnswers(node.members("responses"), to: &article)
        }
    }

    /// What is special about asking for it: another server, a key.
    private func writeCircumstances(of operation: Contract.Operation, to html: inout HTMLWriter) {
        if let server = operation.server {
            html.element("p", ["class": "note"]) { note in
                note.text("At ")
                note.element("code", server.text("url") ?? "")
                if let text = server.text("description") { note.text(": \(text)") }
            }
        }
        if contract.mayNeedKey(operation) {
            html.element("p", ["class": "note"]) { note in
                note.text("Needs a ")
                note.link(to: "#keys", "key")
                note.text(" where the service has a file of keys")
            }
        }
    }

    private func writeParameters(_ parameters: [Node], to html: inout HTMLWriter) {
        guard !parameters.isEmpty else { return }
        html.element("h4", "Parameters")
        html.element("dl", ["class": "fields"]) { list in
            for parameter in parameters {
                writeField(
                    parameter.text("name") ?? "", parameter["schema"] ?? Node(""),
                    note: parameter.text("in").map { "in \($0)" }, description: parameter.text("description"), to: &list)
            }
        }
    }

    /// Those that are no problems in full, the others as a list of links.
    private func writeAnswers(_ answers: [Contract.Component], to html: inout HTMLWriter) {
        for (status, answer) in answers where contract.codes(contract.resolve(answer)).isEmpty {
            let answer = contract.resolve(answer)
            html.element("h4") { title in
                title.text("Answer ")
                title.element("span", ["class": "status"], status)
            }
            writeDescription(of: answer, to: &html)
            writeHeaders(of: answer, to: &html)
            writeContent(of: answer, to: &html)
        }
        let problems = answers.filter { !contract.codes(contract.resolve($0.node)).isEmpty }
        guard !problems.isEmpty else { return }
        html.element("h4", "Problems")
        html.element("ul", ["class": "problems"]) { list in
            for (status, answer) in problems {
                let name = answer.referenceName ?? ""
                list.element("li") { $0.link(to: "#response-\(name)", "\(status) \(words(name))") }
            }
        }
    }

    private func writeHeaders(of answer: Node, to html: inout HTMLWriter) {
        let headers = answer.members("headers")
        guard !headers.isEmpty else { return }
        html.element("details") { details in
            details.element("summary", "Header fields")
            details.element("dl", ["class": "fields"]) { list in
                for (name, header) in headers {
                    let header = contract.resolve(header)
                    writeField(name, header["schema"] ?? Node(""), description: header.text("description"), to: &list)
                }
            }
        }
    }

    /// The media types of a request or an answer, each with its schema and its examples.
    private func writeContent(of message: Node, to html: inout HTMLWriter) {
        for (type, content) in message.members("content") {
            html.element("p", ["class": "type"]) { line in
                line.element("code", type)
                if let schema = content["schema"] {
                    line.text(" ")
                    writeType(of: schema, to: &line)
                }
            }
            if let schema = content["schema"] { writeFields(of: contract.resolve(schema), to: &html) }
            for (name, example) in content.members("examples") { write(example, name: name, to: &html) }
        }
    }

    private func write(_ example: Node, name: String, to html: inout HTMLWriter) {
        html.element("details") { details in
            details.element("summary") { summary in
                summary.text("Example ")
                summary.element("code", name)
                if let text = example.text("summary") { summary.text(": \(text)") }
            }
            if let request = example["x-request"] {
                details.element("p", "Brought about by")
                details.element("pre") { $0.element("code", ExampleText(request).text) }
            }
            if let value = example["value"] {
                details.element("pre") { $0.element("code", value.scalar?.string ?? ExampleText(value).text) }
            }
        }
    }

    // MARK: Keys

    private func writeSecurity(to html: inout HTMLWriter) {
        guard !contract.securitySchemes.isEmpty else { return }
        writeSection("keys", title: "Keys", to: &html) { section in
            for (_, scheme) in contract.securitySchemes { writeDescription(of: scheme, to: &section) }
        }
    }

    // MARK: Problems

    private var problems: [Contract.Component] {
        contract.responses.filter { !contract.codes($0.node).isEmpty }.sorted { status($0.node) < status($1.node) }
    }

    private func status(_ response: Node) -> String {
        let schemas = response.members("content").compactMap { $0.node["schema"] }.flatMap(contract.parts)
        return schemas.lazy.compactMap { $0["properties"]?["status"]?.text("const") }.first ?? ""
    }

    private func writeProblems(to html: inout HTMLWriter) {
        writeSection("problems", title: "Problems", to: &html) { section in
            for (name, response) in problems {
                section.element("article", ["id": "response-\(name)"]) { article in
                    article.element("h3") { title in
                        title.element("a", ["href": "#response-\(name)"]) { link in
                            link.element("span", ["class": "status"], status(response))
                            link.text(" " + words(name))
                        }
                    }
                    writeDescription(of: response, to: &article)
                    article.element("ul", ["class": "codes", "aria-label": "Codes"]) { list in
                        for code in contract.codes(response) { list.element("li") { $0.element("code", code) } }
                    }
                    writeHeaders(of: response, to: &article)
                    for (name, example) in response.members("content").flatMap({ $0.node.members("examples") }) {
                        write(example, name: name, to: &article)
                    }
                }
            }
        }
    }

    // MARK: Schemas

    private func writeSchemas(to html: inout HTMLWriter) {
        writeSection("schemas", title: "Schemas", to: &html) { section in
            for (name, schema) in contract.schemas {
                section.element("article", ["id": "schema-\(name)"]) { article in
                    article.element("h3") { $0.link(to: "#schema-\(name)", name) }
                    article.element("p", ["class": "type"]) { writeType(of: schema, to: &$0) }
                    writeDescription(of: schema, to: &article)
                    writeFields(of: schema, to: &article)
                }
            }
        }
    }

    /// The members of objects, those of objects inside them too; what is referred to has its own place.
    private func writeFields(of schema: Node, to html: inout HTMLWriter) {
        for part in contract.parts(schema) {
            let required = part.nodes("required").compactMap(\.scalar?.string)
            let properties = part.members("properties")
            guard !properties.isEmpty else { continue }
            html.element("dl", ["class": "fields"]) { list in
                for (name, property) in properties where property.scalar == nil {
                    writeField(name, property, note: required.contains(name) ? "required" : nil, to: &list)
                }
            }
        }
        for inner in [schema["items"], schema["additionalProperties"]].compactMap(\.self) + schema.nodes("oneOf") {
            writeFields(of: inner, to: &html)
        }
    }

    private func writeField(
        _ name: String, _ schema: Node, note: String? = nil, description: String? = nil, to html: inout HTMLWriter
    ) {
        html.element("dt") { term in
            term.element("code", name)
            if let note {
                term.text(" ")
                term.element("span", ["class": "note"], note)
            }
        }
        html.element("dd") { definition in
            definition.element("p", ["class": "type"]) { writeType(of: schema, to: &$0) }
            let own = description ?? schema.text("description")
            if let text = own ?? contract.resolve(schema).text("description") { Markdown(text).write(to: &definition) }
            writeFields(of: schema, to: &definition)
        }
    }

    private func writeDescription(of node: Node, to html: inout HTMLWriter) {
        if let text = node.text("description") { Markdown(text).write(to: &html) }
    }

    /// A line such as "array of Token, 1 to 32768".
    private func writeType(of schema: Node, to html: inout HTMLWriter) {
        writeKind(of: schema, to: &html)
        for limit in Self.limits(schema) { html.text(", \(limit)") }
        if let value = schema["default"] {
            html.text(", default ")
            html.element("code", ExampleText(value).text)
        }
        if let pattern = schema.text("pattern") {
            html.text(", like ")
            html.element("code", pattern)
        }
    }

    private func writeKind(of schema: Node, to html: inout HTMLWriter) {
        func join(_ nodes: [Node], _ separator: String, _ write: (Node, inout HTMLWriter) -> Void) {
            for (index, node) in nodes.enumerated() {
                if index > 0 { html.text(separator) }
                write(node, &html)
            }
        }
        if let name = schema.referenceName {
            html.link(to: "#schema-\(name)", name)
        } else if let value = schema["const"] {
            html.element("code", ExampleText(value).text)
        } else if !schema.nodes("enum").isEmpty {
            html.text("one of ")
            join(schema.nodes("enum"), " ") { $1.element("code", ExampleText($0).text) }
        } else if !schema.nodes("oneOf").isEmpty {
            join(schema.nodes("oneOf"), " or ") { writeKind(of: $0, to: &$1) }
        } else if !schema.nodes("allOf").isEmpty {
            let references = schema.nodes("allOf").filter { $0.referenceName != nil }
            join(references, ", ") { writeKind(of: $0, to: &$1) }
            if references.count < schema.nodes("allOf").count { html.text(", and further members") }
        } else if let items = schema["items"] {
            html.text("array of ")
            writeKind(of: items, to: &html)
        } else if let values = schema["additionalProperties"], values.mapping != nil {
            html.text("object of ")
            writeKind(of: values, to: &html)
        } else if let types = schema["type"]?.sequence {
            join(Array(types), " or ") { $1.text($0.scalar?.string ?? "") }
        } else {
            html.text(schema.text("type") ?? "any value")
        }
    }

    private static func limits(_ schema: Node) -> [String] {
        func range(_ from: String, _ to: String, _ unit: String) -> String? {
            switch (schema.text(from), schema.text(to)) {
            case (let least?, let most?) where least == most: "\(least)\(unit)"
            case (let least?, let most?): "\(least) to \(most)\(unit)"
            case (let least?, nil): "\(least)\(unit) or more"
            case (nil, let most?): "up to \(most)\(unit)"
            case (nil, nil): nil
            }
        }
        return [
            range("minimum", "maximum", ""), schema.text("exclusiveMinimum").map { "more than \($0)" },
            range("minLength", "maxLength", " characters"), range("minItems", "maxItems", " elements"),
            schema.text("uniqueItems").map { _ in "no two alike" }, schema.text("contentEncoding").map { "in \($0)" },
        ].compactMap(\.self)
    }

    // MARK: Names

    /// `NotFound` as "Not found", `URITooLong` as "URI too long".
    private func words(_ name: String) -> String {
        name.replacing(/([a-z])([A-Z])|([A-Z])([A-Z])(?=[a-z])/) { match in
            "\(match.1 ?? match.3 ?? "") \((match.2 ?? match.4 ?? "").lowercased())"
        }
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
