import Foundation
import Tensors
import Testing

/// The examples of `openapi.yaml` are sent to a live service, whose answers are held against what the file says of them.
@Suite final class ContractTests {
    private let contract: Contract
    /// The places in the contract of all members that answers have had.
    private var seen: Set<String> = []

    init() throws { contract = try Contract() }

    /// Every request gets every media type that there is for its answer, with the members that the contract describes, and all
    /// that it describes occur.
    @Test func requestsAreAnsweredAsDescribed() throws {
        let server = try ServerProcess(["--admin-port", "0"])
        var described: Set<String> = []
        for operation in contract.operations {
            let success = try #require(operation.responses.first { $0.status == 200 })
            for content in success.contents {
                if content.type == "application/json" { described.formUnion(contract.places(in: content.schema)) }
                for (name, body) in operation.requests {
                    try check(
                        server.send(operation, body: body, accept: content.type), success, content,
                        example: content.examples[name]?["value"], "\(operation.id) \(name) as \(content.type)")
                }
                if operation.requests.isEmpty {
                    try check(
                        server.send(operation, accept: content.type), success, content,
                        example: content.examples.first?.value["value"], operation.id)
                }
            }
            for parameter in operation.parameters {
                guard let example = parameter["example"], let name = parameter["name"] as? String else { continue }
                let body = operation.requests.min { $0.key < $1.key }?.value
                let value = (example as? [Any])?.map { "\($0)" }.joined(separator: ",") ?? "\(example)"
                let answer =
                    parameter["in"] as? String == "query"
                    ? try server.send(operation, query: "\(name)=\(value)", body: body)
                    : try server.send(operation, fields: [name: value], body: body)
                #expect(answer.status == 200, "\(operation.id) with \(name) = \(value)")
            }
        }
        try answerWithOutputRows()
        try answerOfWordsAndDonors()
        #expect(described.subtracting(seen).isEmpty)
    }

    /// The model that comes with the service has no output rows and no biases: a base that has both.
    private func answerWithOutputRows() throws {
        let pair = try FolderPair(goldenCase: "zett-tied-lang-bias")
        defer { withExtendedLifetime(pair) {} }
        let base = pair.base
        var weights = SafetensorsWriter()
        for key in ["roberta.embeddings.word_embeddings.weight", "lm_head.decoder.weight"] {
            weights.add(key, shape: [5, 2], elements: [0, 0, 1, 2, 3, 5, 7, 11, 13, 17])
        }
        weights.add("lm_head.bias", shape: [5], elements: [0, 1, 2, 3, 4])
        try Data(weights.encoded()).write(to: URL(fileURLWithPath: base + "/model.safetensors"))
        try #"{"model_type": "roberta", "tie_word_embeddings": false}"#
            .write(toFile: base + "/config.json", atomically: true, encoding: .utf8)
        let server = try ServerProcess(["--base", base])

        let operation = try #require(contract.operations.first { $0.id == "embedTokens" })
        let success = try #require(operation.responses.first { $0.status == 200 })
        let content = try #require(success.contents.first { $0.type == "application/json" })
        let body: [String: Any] = ["tokens": ["ab"], "method": "mean", "diagnostics": true, "compare": ["normal"]]
        let answer = try server.send(operation, body: body, accept: content.type)
        try check(answer, success, content, example: nil, "with output rows")
        let item = try #require((try answer.json["data"] as? [[String: Any]])?.first)
        #expect(item["output"] != nil && item["bias"] != nil)
    }

    /// Nor does it look at words, or have coordinates.
    private func answerOfWordsAndDonors() throws {
        let models = try WordModels()
        func check(_ id: String, _ body: [String: Any]?) throws -> ServerProcess.Answer {
            let operation = try #require(contract.operations.first { $0.id == id })
            let success = try #require(operation.responses.first { $0.status == 200 })
            let content = try #require(success.contents.first { $0.type == "application/json" })
            let answer = try models.server.send(operation, body: body, accept: content.type)
            try self.check(answer, success, content, example: nil, "\(id) of words and donors")
            return answer
        }
        _ = try check("listModels", nil)
        let tokens = [" blockchain", " qblock", " qqq"]
        _ = try check(
            "embedTokens", ["model": "hyperofa", "tokens": tokens, "outputs": ["coordinates"], "compare": ["mean"], "diagnostics": true])
        for method in ["omp", "interpolation", "word_vectors"] {
            _ = try check("embedTokens", ["model": "words", "tokens": tokens, "method": method, "atoms": 2, "diagnostics": true])
            _ = try check("decomposeTokens", ["model": "words", "tokens": tokens, "method": method, "atoms": 2])
        }
    }

    /// What is said to bring a status about does.
    @Test func otherStatusesComeAsDescribed() throws {
        let server = try ServerProcess(["--admin-port", "0"])
        var count = 0
        for operation in contract.operations {
            for response in operation.responses {
                for content in response.contents {
                    for (name, example) in content.examples {
                        guard let request = example["x-request"] as? [String: Any],
                            request["operation"] as? String == operation.id
                        else { continue }
                        let answer = try server.send(
                            operation, method: request["method"] as? String, query: request["query"] as? String,
                            fields: request["headers"] as? [String: String] ?? [:], body: request["body"],
                            text: request["text"] as? String)
                        try check(answer, response, content, example: example["value"], "\(operation.id) \(name)")
                        if let value = example["value"] as? [String: Any] {
                            #expect(try answer.json["code"] as? String == value["code"] as? String, "\(operation.id) \(name)")
                        }
                        count += 1
                    }
                }
            }
        }
        #expect(count >= 16)
    }

    /// Many problems cannot be brought about from outside: their codes are looked up in the sources.
    @Test func everyProblemIsDescribed() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        var codes: Set<String> = []
        for target in ["HTTPServer", "EmbeddingAPI"] {
            let files = try FileManager.default.subpathsOfDirectory(atPath: sources.appendingPathComponent(target).path)
            for file in files where file.hasSuffix(".swift") {
                let text = try String(contentsOf: sources.appendingPathComponent("\(target)/\(file)"), encoding: .utf8)
                codes.formUnion(text.matches(of: /(?:code: |badRequest\(|unavailable\()"([a-z_]+)"/).map { String($0.1) })
            }
        }
        #expect(contract.problemCodes == codes)
    }

    // MARK: Answers

    private func check(
        _ answer: ServerProcess.Answer, _ response: Contract.Response, _ content: Contract.Content, example: Any?,
        _ name: String
    ) throws {
        #expect(answer.status == response.status, "\(name): \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
        #expect(answer.fields["content-type"] == content.type, "\(name)")
        for field in response.requiredFields { #expect(answer.fields[field] != nil, "\(name): no \(field)") }
        switch content.type {
        case "application/vnd.safetensors":
            if response.status == 200 { try checkSafetensors(answer.body, response.description, name) }
        case "image/svg+xml":
            #expect(String(decoding: answer.body.prefix(5), as: UTF8.self) == "<svg ", "\(name)")
        case "application/x-ndjson":
            let json = try #require(response.contents.first { $0.type == "application/json" })
            let item = try #require(contract.member("data", of: json.schema).flatMap { contract.element(of: $0) })
            let lines = answer.body.split(separator: UInt8(ascii: "\n"))
            #expect(!lines.isEmpty, "\(name)")
            for line in lines { checkMembers(try JSONSerialization.jsonObject(with: line), item, name) }
            if let example = example as? String {
                let value = try JSONSerialization.jsonObject(with: Data(example.utf8))
                checkExample(value, try JSONSerialization.jsonObject(with: lines[0]), name)
            }
        case "text/plain; version=0.0.4; charset=utf-8":
            #expect(answer.body.starts(with: Data("# HELP ".utf8)), "\(name)")
        case "text/html; charset=utf-8", "application/yaml":
            #expect(!answer.body.isEmpty, "\(name)")
        default:
            let value = try answer.json
            checkMembers(value, content.schema, name)
            if let example { checkExample(example, value, name) }
        }
    }

    /// The members of an answer are among those that the schema describes, and those that it requires are there.
    private func checkMembers(_ value: Any, _ schema: Contract.Schema, _ name: String) {
        if let object = value as? [String: Any] {
            let missing = schema.required.subtracting(object.keys)
            #expect(missing.isEmpty, "\(name): \(missing) are missing in \(schema.place)")
            for (key, value) in object {
                if let place = contract.place(of: key, in: schema) { seen.insert(place) }
                guard let member = contract.member(key, of: schema) else {
                    Issue.record("\(name): \(schema.place) has no \(key)")
                    continue
                }
                checkMembers(value, member, name)
            }
        } else if let array = value as? [Any], let element = contract.element(of: schema) {
            for value in array { checkMembers(value, element, name) }
        }
    }

    /// Tensors and entries of the metadata are named in the answer's description.
    private func checkSafetensors(_ file: Data, _ description: String, _ name: String) throws {
        let bytes = [UInt8](file)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        try #require(bytes.count >= 8 && length <= bytes.count - 8, "\(name)")
        let header = try #require(JSONSerialization.jsonObject(with: Data(bytes[8..<8 + Int(length)])) as? [String: Any])
        let metadata = try #require(header["__metadata__"] as? [String: String])
        let tensors = header.keys.filter { $0 != "__metadata__" }.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
        #expect(!tensors.isEmpty, "\(name)")
        for word in tensors + metadata.keys { #expect(description.contains("`\(word)`"), "\(name): \(word)") }
    }

    /// Members that differ from one answer to the next, or that an example shortens.
    private static let variable: Set = [
        "input", "output", "cached", "detail", "instance", "loaded_at", "packed_weights_bytes", "cache_bytes",
    ]

    /// The answer has the members that the example has, and the same in them, as far as that does not vary. Lists may be longer
    /// than the example shows, and numbers with a fraction are one processor's.
    private func checkExample(_ example: Any, _ answer: Any, _ name: String) {
        if let example = example as? [String: Any], let answer = answer as? [String: Any] {
            #expect(Set(example.keys) == Set(answer.keys), "\(name)")
            for (key, value) in example where !Self.variable.contains(key) || value is [String: Any] {
                if let other = answer[key] { checkExample(value, other, "\(name) \(key)") }
            }
        } else if let example = example as? [Any], let answer = answer as? [Any] {
            #expect(example.isEmpty == answer.isEmpty && example.count <= answer.count, "\(name)")
            for (value, other) in zip(example, answer) { checkExample(value, other, name) }
        } else if let example = example as? Bool {
            #expect(answer as? Bool == example, "\(name)")
        } else if !(example is Double) {
            #expect("\(example)" == "\(answer)", "\(name)")
        }
    }
}

extension ServerProcess {
    fileprivate func send(
        _ operation: Contract.Operation, method: String? = nil, query: String? = nil, fields: [String: String] = [:],
        body: Any? = nil, text: String? = nil, accept: String? = nil
    ) throws -> Answer {
        var arguments = ["-X", method ?? operation.method]
        var fields = fields
        if let accept { fields["Accept"] = accept }
        let json = try body.map { String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) }
        if let text = text ?? json {
            arguments += ["--data-binary", text]
            fields["Content-Type"] = fields["Content-Type"] ?? "application/json"
        }
        for (name, value) in fields { arguments += ["-H", "\(name): \(value)"] }
        if operation.method == "POST", operation.requests.isEmpty { arguments += ["--data", ""] }
        return try curl(
            operation.path + (query.map { "?\($0)" } ?? ""), arguments, of: operation.isForAdministrators ? adminURL : url)
    }
}
