import Yams

/// The parts of an OpenAPI document, in the order they stand there.
struct Contract {
    private let root: Node

    /// - Throws: `YamlError` for what is no YAML.
    init(_ yaml: String) throws {
        root = try Yams.compose(yaml: yaml) ?? Node("")
    }

    struct Operation {
        var path: String
        /// In capitals.
        var method: String
        var node: Node
        /// Those of the path too.
        var parameters: [Node]
        /// Where it is, if that is not where the others are.
        var server: Node?

        var id: String { node.text("operationId") ?? path }
    }

    /// A thing that others refer to, by its name.
    typealias Component = (name: String, node: Node)

    var info: Node { root["info"] ?? Node("") }
    var tags: [Node] { root.nodes("tags") }
    var operations: [Operation] {
        root.members("paths").flatMap { path, item in
            item.members.filter { Self.methods.contains($0.name) }.map { method, node in
                Operation(
                    path: path, method: method.uppercased(), node: node,
                    parameters: (item.nodes("parameters") + node.nodes("parameters")).map(resolve),
                    server: (node.nodes("servers") + item.nodes("servers")).first)
            }
        }
    }
    var securitySchemes: [Component] { components("securitySchemes") }
    var schemas: [Component] { components("schemas") }
    var responses: [Component] { components("responses") }

    /// The members of a path that are operations (OpenAPI 3.1, Path Item Object).
    private static let methods: Set = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    private func components(_ kind: String) -> [Component] { root["components"]?.members(kind) ?? [] }

    /// What a reference such as `#/components/schemas/Form` is to; the node itself if it is none.
    func resolve(_ node: Node) -> Node {
        guard let reference = node.text("$ref") else { return node }
        return reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] ?? Node("") }
    }

    /// A schema and all that it is composed of by `allOf`, as they stand there.
    func parts(_ schema: Node) -> [Node] { [schema] + schema.nodes("allOf") }

    /// Whether requests may have to show who they come from; an operation says so itself, or else the whole document.
    func mayNeedKey(_ operation: Operation) -> Bool {
        (operation.node["security"] ?? root["security"])?.sequence?.contains { !$0.members.isEmpty } ?? false
    }

    /// The codes of a problem's schema.
    func codes(_ response: Node) -> [String] {
        let schemas = response.members("content").compactMap { $0.node["schema"] }.flatMap { parts(resolve($0)) }
        return schemas.compactMap { $0["properties"]?["code"] }.flatMap { code in
            code.nodes("enum").compactMap(\.scalar?.string) + [code.text("const")].compactMap(\.self)
        }
    }
}

extension Node {
    var members: [Contract.Component] { mapping?.compactMap { key, value in key.scalar.map { ($0.string, value) } } ?? [] }

    func members(_ name: String) -> [Contract.Component] { self[name]?.members ?? [] }

    func nodes(_ name: String) -> [Node] { self[name]?.sequence.map(Array.init) ?? [] }

    func text(_ name: String) -> String? { self[name]?.scalar?.string }

    /// The last part of the node's `$ref`.
    var referenceName: String? { text("$ref")?.split(separator: "/").last.map(String.init) }
}
