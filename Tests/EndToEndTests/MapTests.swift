import Foundation
import FoundationXML
import Testing

/// The picture of new tokens among the base's rows, from the command line and from the service.
@Suite struct MapTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

    private func write(_ tokens: String, _ name: String = "tokens.txt") throws -> String {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(tokens.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
        return folder + "/" + name
    }

    private func draw(_ arguments: String...) throws -> (status: Int32, output: Data, error: String) {
        try run(ServerProcess.binary.path, ["map"] + arguments)
    }

    /// A file, standard output and the service have the same bytes.
    @Test func drawsWhatTheServiceDraws() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let tokens = try write("\u{FEFF} blockchain\r\n\n tokenization\n</text>&\n")
        let written = try draw("--tokens", tokens, "--out", folder + "/map.svg")
        #expect(written.status == 0 && written.output.isEmpty && written.error.contains("wrote \(folder)/map.svg"))
        let picture = try Data(contentsOf: URL(fileURLWithPath: folder + "/map.svg"))
        #expect(XMLParser(data: picture).parse())
        let text = String(decoding: picture, as: UTF8.self)
        for name in ["blockchain</text>", "tokenization</text>", "&lt;/text&gt;&amp;</text>"] { #expect(text.contains(name)) }
        #expect(text.contains("1st principal component (2.0 % of variance)"))
        #expect(text.contains("nearest base token: block, cosine "))

        let piped = try run(
            "/bin/sh", ["-c", "\"$0\" map --tokens - --out - < \"$1\" 2>/dev/null", ServerProcess.binary.path, tokens])
        #expect(piped.status == 0 && piped.output == picture)

        let server = try ServerProcess()
        let answer = try server.post(
            "/v1/token-embeddings",
            json: [
                "tokens": [" blockchain", " tokenization", "</text>&"], "diagnostics": true, "compare": ["mean"],
                "dtype": "float16",
            ],
            "-H", "Accept: image/svg+xml")
        #expect(answer.status == 200 && answer.body == picture)
        #expect(answer.fields["content-type"] == "image/svg+xml")
        #expect(answer.fields["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        #expect(answer.fields["x-content-type-options"] == "nosniff")
        #expect(answer.fields["model-digest"]?.hasPrefix("sha256:") == true)

        let many = try server.post(
            "/v1/token-embeddings", json: ["tokens": (0..<1_025).map { " token\($0)" }], "-H", "Accept: image/svg+xml")
        #expect(try many.status == 413 && many.json["code"] as? String == "too_many_tokens")
    }

    @Test(arguments: [
        ("a\n", "tokens.jsonl", "tokens.jsonl, line 1: "),
        ("\" a\"\n\n\"\"\n", "tokens.jsonl", "tokens.jsonl, line 3: the token is empty"),
        ("\" a\"\n{\"token\": 3}", "tokens.jsonl", "tokens.jsonl, line 2: /token: must be a string"),
        ("\" a\"\n\n{\"source_ids\": [99999]}", "tokens.jsonl", "tokens.jsonl, line 3: "),
        ("\n", "tokens.txt", "has no tokens"),
        (String(repeating: "a\n", count: 1_025), "tokens.txt", "has 1025 tokens; a picture shows 1024 at most"),
    ])
    func refusesFilesThatDoNotHold(tokens: String, file: String, problem: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try draw("--tokens", write(tokens, file), "--out", folder + "/map.svg")
        #expect(result.status != 0 && result.error.contains(problem), "\(result.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [file])
    }
}
