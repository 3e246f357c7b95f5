import Foundation
import Testing
import Yams

/// `openapi.yaml`, as far as it says what answers look like.
struct Contract {
    private let root: [String: Any]

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("openapi.yaml")
        root = try #require(try Yams.load(yaml: String(contentsOf: file, encoding: .utf8)) as? [String: Any])
    }

    struct Operation {
        var id: String
        /// With the examples of its parameters in their places.
        var path: String
        var method: String
        /// Whether the admin listener has it.
        var isForAdministrators: Bool
        /// In the query and in header fields.
        var parameters: [[String: Any]]
        /// Bodies by the name of their example.
        var requests: [String: Any]
        var responses: [Response]
    }

    struct Response {
        var status: Int
        var description: String
        /// Names in lower case.
        var requiredFields: [String]
        var contents: [Content]
    }

    struct Content {
        var type: String
        var schema: Schema
        var examples: [String: [String: Any]]
    }

    var operations: [Operation] {
        object(root["paths"]).flatMap { path, item in
            let item = object(item)
            return item.filter { $0.key != "servers" }.map { method, value in
                let operation = object(value)
                let parameters = (operation["parameters"] as? [Any] ?? []).map { object($0) }
                let isInPath: ([String: Any]) -> Bool = { $0["in"] as? String == "path" }
                let filledIn = parameters.filter(isInPath).reduce(path) { path, parameter in
                    path.replacingOccurrences(of: "{\(parameter["name"] ?? "")}", with: "\(parameter["example"] ?? "")")
                }
                let body = object(object(object(operation["requestBody"])["content"])["application/json"])
                return Operation(
                    id: operation["operationId"] as? String ?? "", path: filledIn, method: method.uppercased(),
                    isForAdministrators: item["servers"] != nil, parameters: parameters.filter { !isInPath($0) },
                    requests: object(body["examples"]).compactMapValues { object($0)["value"] },
                    responses: object(operation["responses"]).map { response(status: $0, object($1)) })
            }
        }
    }

    private func response(status: String, _ response: [String: Any]) -> Response {
        Response(
            status: Int(status) ?? 0, description: response["description"] as? String ?? "",
            requiredFields: object(response["headers"])
                .filter { object($1)["required"] as? Bool == true }.map { $0.key.lowercased() },
            contents: object(response["content"]).map { type, value in
                let content = object(value)
                return Content(
                    type: type, schema: schema(content["schema"] ?? [String: Any](), at: "\(status) \(type)"),
                    examples: object(content["examples"]).mapValues { object($0) })
            })
    }

    // MARK: Schemas

    /// A schema with the place where it stands, which names it.
    struct Schema {
        var place: String
        /// What it is composed of: itself, and all in `allOf`.
        var parts: [(place: String, keywords: [String: Any])]

        var required: Set<String> { Set(parts.flatMap { $0.keywords["required"] as? [String] ?? [] }) }
    }

    private func schema(_ value: Any, at place: String) -> Schema {
        if let reference = object(value, resolves: false)["$ref"] as? String { return schema(target(reference), at: reference) }
        let keywords = object(value)
        let others = (keywords["allOf"] as? [Any] ?? []).enumerated().flatMap { schema($1, at: "\(place)/allOf/\($0)").parts }
        return Schema(place: place, parts: [(place, keywords)] + others)
    }

    /// What `schema` says of a member; nil if it does not say that there is one.
    func member(_ name: String, of schema: Schema) -> Schema? {
        for part in schema.parts {
            if let member = object(part.keywords["properties"])[name] {
                return self.schema(member, at: "\(part.place)/\(name)")
            }
        }
        for part in schema.parts {
            if let member = part.keywords["additionalProperties"] as? [String: Any] {
                return self.schema(member, at: "\(part.place)/*")
            }
        }
        return nil
    }

    func element(of schema: Schema) -> Schema? {
        schema.parts.lazy.compactMap { part in part.keywords["items"].map { self.schema($0, at: "\(part.place)/items") } }.first
    }

    /// The places of all members that `schema` describes, however deep.
    func places(in schema: Schema) -> Set<String> {
        var places: Set<String> = []
        for part in schema.parts {
            for name in object(part.keywords["properties"]).keys {
                places.insert("\(part.place)/\(name)")
                if let member = member(name, of: schema) { places.formUnion(self.places(in: member)) }
            }
            if part.keywords["additionalProperties"] is [String: Any], let member = member("", of: schema) {
                places.formUnion(self.places(in: member))
            }
        }
        return element(of: schema).map { places.union(self.places(in: $0)) } ?? places
    }

    /// The place of a member that a schema's own `properties` describe.
    func place(of name: String, in schema: Schema) -> String? {
        schema.parts.first { object($0.keywords["properties"])[name] != nil }.map { "\($0.place)/\(name)" }
    }

    /// The codes of all problems.
    var problemCodes: Set<String> {
        let schemas = operations.flatMap(\.responses).flatMap(\.contents).map(\.schema)
        return schemas.reduce(into: []) { codes, schema in
            for part in schema.parts {
                let code = object(object(part.keywords["properties"])["code"])
                codes.formUnion(code["enum"] as? [String] ?? [])
                codes.formUnion([code["const"] as? String].compactMap(\.self))
            }
        }
    }

    // MARK: References

    private func object(_ value: Any?, resolves: Bool = true) -> [String: Any] {
        let object = value as? [String: Any] ?? [:]
        guard resolves, let reference = object["$ref"] as? String else { return object }
        return self.object(target(reference))
    }

    private func target(_ reference: String) -> Any {
        reference.split(separator: "/").dropFirst().reduce(root as Any) { object($0)[String($1)] ?? [String: Any]() }
    }
}
