import Foundation
import Tensors
import Testing

/// The main job, through the built binary and curl.
@Suite struct ServeTests {
    private let path = "/v1/token-embeddings"

    /// Every reference token of the default model: its source ids, what must be flagged, and its row.
    @Test func answersTheReferenceTokens() throws {
        let server = try ServerProcess()
        let expected = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: golden("minilm-words/tokens.json"))))
                as? [[String: Any]])
        let goldenCase = try SafetensorsFile(path: golden("minilm-words/case.safetensors"))
        let rows = try #require(goldenCase["expected_input_embeddings"]).floats()

        let answer = try server.post(
            path, json: ["tokens": expected.map { ["token": $0["token"], "form": $0["form"]] }])
        #expect(answer.status == 200)
        let body = try answer.json
        let items = try #require(body["data"] as? [[String: Any]])
        #expect(items.count == 125 && expected.count == 125)
        #expect(body["dimension"] as? Int == 384)
        var firstIndices: [[Int]: Int] = [:]
        for (index, (item, reference)) in zip(items, expected).enumerated() {
            let token = try #require(reference["token"] as? String)
            #expect(item["index"] as? Int == index && item["token"] as? String == token)
            #expect(item["source_ids"] as? [Int] == reference["source_ids"] as? [Int], "\(token)")
            #expect(item["pieces"] as? Int == (reference["source_ids"] as? [Int])?.count)
            #expect(item["normalized"] as? String == reference["normalized"] as? String, "\(token)")
            let fallbackPieces = try #require(reference["fallback_pieces"] as? Int)
            #expect(item["fallback_pieces"] as? Int ?? 0 == fallbackPieces, "\(token)")
            var warnings: Set<String> = []
            if reference["normalized"] != nil { warnings.insert("normalized") }
            if reference["truncated"] as? Bool == true { warnings.insert("truncated") }
            if fallbackPieces > 0 { warnings.insert("fallback_pieces") }
            // A token that the hypernetwork has as one piece is a token of the base.
            let sourceIDs = try #require(reference["source_ids"] as? [Int])
            let existingID = sourceIDs.count == 1 && sourceIDs[0] < 30_522 ? sourceIDs[0] : nil
            if existingID != nil { warnings.insert("existing") }
            #expect(item["existing_id"] as? Int == existingID, "\(token)")
            let duplicateOf = firstIndices[sourceIDs]
            if duplicateOf == nil { firstIndices[sourceIDs] = index } else { warnings.insert("duplicate_of") }
            #expect(item["duplicate_of"] as? Int == duplicateOf, "\(token)")
            #expect(Set(item["warnings"] as? [String] ?? ["none given"]) == warnings, "\(token)")
            let row = try #require(item["input"] as? [Double])
            let worst = zip(row, rows[index * 384..<(index + 1) * 384]).map { abs($0 - Double($1)) }.max()
            #expect(row.count == 384 && worst ?? 1 < 1e-4, "\(token)")
        }
        let usage = try #require(body["usage"] as? [String: Int])
        #expect(usage == ["tokens": 125, "source_pieces": items.compactMap { $0["pieces"] as? Int }.reduce(0, +), "cached": 0])
    }

    /// The same token has the same row however it is asked for: in a form of its own, by its ids, alone or with others.
    @Test func everyFormGivesTheSameRow() throws {
        let server = try ServerProcess()
        let tokens: [Any] = [
            " blockchain", ["token": "Ġblockchain", "form": "byte_level"], ["token": "▁blockchain", "form": "sentencepiece"],
            ["token": "blockchain", "form": "wordpiece"], ["token": "IGJsb2NrY2hhaW4=", "form": "bytes"],
            ["source_ids": [3796, 24925, 2078]], " Blockchain",
        ]
        let together = try #require(try server.post(path, json: ["tokens": tokens]).json["data"] as? [[String: Any]])
        let first = try #require(together[0]["input"] as? [Double])
        #expect(together.count == tokens.count)
        for item in together { #expect(item["input"] as? [Double] == first) }
        let alone = try #require(try server.post(path, json: ["tokens": [tokens[1]]]).json["data"] as? [[String: Any]])
        #expect(alone[0]["input"] as? [Double] == first)
    }

    /// Compressed both ways, with the same numbers in it.
    @Test func compressesBothWays() throws {
        let server = try ServerProcess()
        let body = try JSONSerialization.data(withJSONObject: ["tokens": (0..<50).map { " word\($0)" }])
        // The first time no row is cached, which the answer says.
        _ = try server.post(path, body: body)
        let plain = try server.post(path, body: body)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString).json")
        try body.write(to: file)
        #expect(try run("gzip", [file.path]).status == 0)
        let packed = file.path + ".gz"
        defer { try? FileManager.default.removeItem(atPath: packed) }
        let answer = try server.curl(
            path, ["--compressed", "-H", "Content-Type: application/json", "-H", "Content-Encoding: gzip", "--data-binary", "@\(packed)"])
        #expect(answer.status == 200 && ["gzip", "deflate"].contains(answer.fields["content-encoding"]))
        #expect(answer.body == plain.body && plain.fields["vary"] == "Accept-Encoding")
        let length = try #require(answer.fields["content-length"].flatMap(Int.init))
        #expect(length < plain.body.count / 2)
    }

    /// Base64 has the bits of the numbers.
    @Test func writesRowsAsBase64() throws {
        let server = try ServerProcess()
        let tokens = [" blockchain", " tokenization", "zq"]
        let floats = try server.post(path, json: ["tokens": tokens]).json["data"] as? [[String: Any]] ?? []
        let answer = try server.post(path, json: ["tokens": tokens, "encoding": "base64"])
        let items = try #require(try answer.json["data"] as? [[String: Any]])
        #expect(items.count == 3 && floats.count == 3)
        for (item, expected) in zip(items, floats) {
            let data = try #require(Data(base64Encoded: item["input"] as? String ?? ""))
            let row = (0..<data.count / 4).map { index in
                Float(bitPattern: UInt32(littleEndian: data[index * 4..<index * 4 + 4].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }))
            }
            #expect(row.count == 384 && row == (expected["input"] as? [Double])?.map { Float($0) })
        }
        #expect((try answer.json["usage"] as? [String: Int])?["cached"] == 3)
    }

    /// A caller's deadline cuts work short; a deadline that is none is said to be.
    @Test func heedsDeadlines() throws {
        let server = try ServerProcess()
        let many = (0..<20_000).map { " word\($0)" }
        let late = try server.post(path, json: ["tokens": many], "-H", "X-Request-Timeout-Ms: 1")
        #expect(late.status == 504)
        #expect(try late.json["code"] as? String == "deadline_exceeded")
        let early = try server.post(path, json: ["tokens": [" word"], "priority": "bulk"], "-H", "X-Request-Timeout-Ms: 60000")
        #expect(early.status == 200)
        for value in ["0", "-1", "soon", "1e3", "99999999999999999999"] {
            #expect(try server.post(path, json: ["tokens": ["a"]], "-H", "X-Request-Timeout-Ms: \(value)").status == 400)
        }
    }

    @Test func tellsHowLongItTook() throws {
        let server = try ServerProcess()
        let answer = try server.post(path, json: ["tokens": [" word"]])
        let timing = try #require(answer.fields["server-timing"])
        let parts = try #require(timing.wholeMatch(of: /queue;dur=([0-9.]+), inference;dur=([0-9.]+), total;dur=([0-9.]+)/))
        let times = [parts.1, parts.2, parts.3].compactMap { Double($0) }
        #expect(times.count == 3 && times[0] + times[1] <= times[2] && times[2] < 10_000)
        #expect(try server.curl("/readyz").fields["cache-control"] == "no-store")
    }

    @Test func tellsOfItsModelsAndHealth() throws {
        let server = try ServerProcess()
        for (probe, status) in [("/livez", "alive"), ("/readyz", "ready"), ("/health", "ready")] {
            let answer = try server.curl(probe)
            #expect(answer.status == 200)
            #expect(try answer.json["status"] as? String == status)
        }
        let models = try #require(try server.curl("/v1/models").json["data"] as? [[String: Any]])
        #expect(models.count == 1)
        #expect(models[0]["name"] as? String == "default" && models[0]["dimension"] as? Int == 384)
        #expect(models[0]["rows"] as? Int == 30_522 && models[0]["tied"] as? Bool == true)
        #expect((models[0]["digest"] as? String)?.count == 71)
        let head = try server.curl("/v1/models", ["--head"])
        #expect(head.status == 200 && head.body.isEmpty && Int(head.fields["content-length"] ?? "") ?? 0 > 100)
        let identified = try server.curl("/livez", ["-H", "X-Request-Id: abc-123"])
        #expect(identified.fields["x-request-id"] == "abc-123")
    }

    private static let badRequests: [(body: String, status: Int, code: String, pointer: String?)] = [
        (#"{"tokens":["a"]"#, 400, "malformed_json", nil), ("", 400, "malformed_json", nil),
        ("[]", 422, "invalid_request", ""), (#"{"tokens":[]}"#, 422, "invalid_request", "/tokens"),
        ("{}", 422, "invalid_request", "/tokens"), (#"{"tokens":"a"}"#, 422, "invalid_request", "/tokens"),
        (#"{"tokens":["a",""]}"#, 422, "invalid_request", "/tokens/1"),
        (#"{"tokens":["a",{"token":""}]}"#, 422, "invalid_request", "/tokens/1/token"),
        (#"{"tokens":["a",7]}"#, 422, "invalid_request", "/tokens/1"),
        (#"{"tokens":[{"token":"a","colour":"red"}]}"#, 422, "invalid_request", "/tokens/0/colour"),
        (#"{"tokens":[{"token":"a","source_ids":[1]}]}"#, 422, "invalid_request", "/tokens/0"),
        (#"{"tokens":[{"source_ids":[]}]}"#, 422, "invalid_request", "/tokens/0/source_ids"),
        (#"{"tokens":[{"source_ids":[30710]}]}"#, 422, "invalid_request", "/tokens/0/source_ids"),
        (#"{"tokens":[{"source_ids":[1.5]}]}"#, 422, "invalid_request", "/tokens/0/source_ids/0"),
        (#"{"tokens":[{"source_ids":[1e99]}]}"#, 422, "invalid_request", "/tokens/0/source_ids/0"),
        (#"{"tokens":[{"source_ids":[2,3,4,5,6,7,8,9]}]}"#, 422, "invalid_request", "/tokens/0/source_ids"),
        (#"{"tokens":["a"],"colour":1}"#, 422, "invalid_request", "/colour"),
        (#"{"tokens":["a"],"tokens":["b"]}"#, 422, "invalid_request", "/tokens"),
        (#"{"tokens":["a"],"form":"morse"}"#, 422, "invalid_request", "/form"),
        (#"{"tokens":[{"token":"a","form":"morse"}]}"#, 422, "invalid_request", "/tokens/0/form"),
        (#"{"tokens":["a"],"method":"guess"}"#, 422, "invalid_request", "/method"),
        (#"{"tokens":["a"],"outputs":[]}"#, 422, "invalid_request", "/outputs"),
        (#"{"tokens":["a"],"outputs":["hidden"]}"#, 422, "invalid_request", "/outputs/0"),
        (#"{"tokens":["a"],"encoding":"morse"}"#, 422, "invalid_request", "/encoding"),
        (#"{"tokens":["a"],"priority":1}"#, 422, "invalid_request", "/priority"),
        (#"{"tokens":["a"],"language":5}"#, 422, "invalid_request", "/language"),
        (#"{"tokens":["日本"],"form":"byte_level"}"#, 422, "invalid_request", "/tokens/0"),
        (#"{"tokens":["%%%"],"form":"bytes"}"#, 422, "invalid_request", "/tokens/0"),
        (#"{"tokens":["a"],"model":"gpt-9"}"#, 404, "unknown_model", "/model"),
        (#"{"tokens":["\ud800"]}"#, 400, "malformed_json", nil),
    ]

    @Test func saysWhatIsWrong() throws {
        let server = try ServerProcess()
        for (body, status, code, pointer) in Self.badRequests {
            let answer = try server.post(path, body: Data(body.utf8))
            #expect(answer.status == status, "\(body)")
            #expect(answer.fields["content-type"] == "application/problem+json")
            let problem = try answer.json
            #expect(problem["status"] as? Int == status && problem["code"] as? String == code, "\(body): \(problem)")
            #expect((problem["title"] as? String)?.isEmpty == false && (problem["detail"] as? String)?.isEmpty == false)
            let errors = problem["errors"] as? [[String: String]]
            #expect(errors?.first?["pointer"] == pointer, "\(body): \(problem)")
        }
    }

    @Test func refusesTokensAndRequestsThatAreTooLarge() throws {
        let server = try ServerProcess()
        let long = try server.post(path, json: ["tokens": ["a", String(repeating: "é", count: 2_049)]])
        #expect(long.status == 422)
        let error = try #require((try long.json["errors"] as? [[String: String]])?.first)
        #expect(error["pointer"] == "/tokens/1" && error["detail"]?.contains("4098") == true)

        let many = try server.post(path, json: ["tokens": [String](repeating: "a", count: 32_769)])
        #expect(many.status == 413)
        #expect((try many.json["detail"] as? String)?.contains("32768") == true)
    }

    @Test func refusesOtherMediaTypesAndRoutes() throws {
        let server = try ServerProcess()
        #expect(try server.curl(path, ["-d", "tokens=a"]).status == 415)
        #expect(try server.post(path, json: ["tokens": ["a"]], "-H", "Accept: text/html").status == 406)
        #expect(try server.post(path, json: ["tokens": ["a"]], "-H", "Accept: text/html, */*;q=0.1").status == 200)
        let wrongMethod = try server.curl(path)
        #expect(wrongMethod.status == 405 && wrongMethod.fields["allow"]?.contains("POST") == true)
        #expect(try server.curl("/v1/absent").status == 404)
    }

    /// A hypernetwork that looks at the language, untied bases, biases: served from folders made of a golden case.
    @Test func servesAnyPairOfFolders() throws {
        let pair = try FolderPair(goldenCase: "zett-tied-lang-bias")
        let server = try ServerProcess(pair.options)
        let ids: [[Int]] = pair.sourceIDs
        let language = try #require(pair.language)
        let answer = try server.post(
            path, json: ["tokens": ids.map { ["source_ids": $0] }, "language": String(language)])
        #expect(answer.status == 200)
        let items = try #require(try answer.json["data"] as? [[String: Any]])
        for (index, item) in items.enumerated() {
            let row = try #require(item["input"] as? [Double])
            let worst = zip(row, pair.expectedInput[index]).map { abs($0 - Double($1)) }.max()
            #expect(worst ?? 1 < 1e-4)
            #expect(abs(try #require(item["bias"] as? Double) - Double(pair.expectedBias[index])) < 1e-4)
        }
        let missing = try server.post(path, json: ["tokens": [["source_ids": [5]]]])
        #expect(missing.status == 422)
        let unknown = try server.post(path, json: ["tokens": [["source_ids": [5], "language": "xx"]]])
        #expect(unknown.status == 422)
        let only = try server.post(
            path, json: ["tokens": [["source_ids": [5], "language": "3"]], "outputs": ["bias"]])
        let item = try #require((try only.json["data"] as? [[String: Any]])?.first)
        #expect(item["bias"] != nil && item["input"] == nil)
    }

    /// SIGTERM while a large request is being answered: it is answered in full, and the process ends with 0.
    @Test func finishesRunningRequestsOnSIGTERM() throws {
        let server = try ServerProcess()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let request = folder.appendingPathComponent("request")
        let answer = folder.appendingPathComponent("answer")
        let trace = folder.appendingPathComponent("trace")
        try JSONSerialization.data(withJSONObject: ["tokens": (0..<2_000).map { " word\($0)" }]).write(to: request)
        try Data().write(to: trace)

        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        curl.arguments = [
            "curl", "-sS", "-v", "-m", "120", "-o", answer.path, "-H", "Content-Type: application/json", "--data-binary",
            "@\(request.path)", server.url + path,
        ]
        curl.standardError = try FileHandle(forWritingTo: trace)
        try curl.run()
        // curl says so, in words that differ between versions, when the last byte of the request has left.
        while try curl.isRunning && !String(contentsOf: trace, encoding: .utf8).contains("completely") {
            Thread.sleep(forTimeInterval: 0.01)
        }
        #expect(server.terminate() == 0)
        curl.waitUntilExit()
        let words = try String(contentsOf: trace, encoding: .utf8)
        #expect(curl.terminationStatus == 0, "\(words)")
        let body = try JSONSerialization.jsonObject(with: Data(contentsOf: answer)) as? [String: Any]
        #expect((body?["data"] as? [Any])?.count == 2_000)
    }
}
