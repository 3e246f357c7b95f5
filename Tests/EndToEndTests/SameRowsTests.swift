import Foundation
import Tensors
import Testing

/// A token's row has the same bits in every format, whatever it is asked for with, and in a vocabulary's file, whole or in ranges.
@Suite struct SameRowsTests {
    private static let tokens = "/v1/token-embeddings"
    private static let vocabulary = "/v1/vocabulary-embeddings"
    private static let words = [" blockchain", "zq", "ab ab", "\u{202E}abc", "  ", "日本", "[MASK]", " a", "##x"]

    @Test(arguments: [
        ["method": "hypernetwork"], ["method": "mean", "norm": "match_mean"], ["method": "multivariate", "scale": 0.5, "seed": 7],
        ["method": "script", "compare": ["hypernetwork"]],
    ] as [[String: any Sendable]])
    func everyFormatHasTheSameBits(fields: [String: any Sendable]) throws {
        let server = try ServerProcess()
        let scratch = try Scratch()
        func post(_ tokens: [Any], _ more: [String: Any] = [:], _ accept: String = "application/json") throws -> ServerProcess.Answer {
            let body = (fields as [String: Any]).merging(["tokens": tokens]) { $1 }.merging(more) { $1 }
            return try server.post(Self.tokens, json: body, "-H", "Accept: \(accept)")
        }

        let expected = try bits(items(post(Self.words)))
        #expect(expected.count == Self.words.count && expected.allSatisfy { $0.count == 384 })
        #expect(try bits(items(post(Self.words, ["encoding": "base64"]))) == expected)
        #expect(try bits(file(post(Self.words, [:], "application/vnd.safetensors").body, scratch), "input_embeddings") == expected)
        let lines = try post(Self.words, [:], "application/x-ndjson").body.split(separator: UInt8(ascii: "\n")).map {
            try #require(try JSONSerialization.jsonObject(with: $0) as? [String: Any])
        }
        #expect(try bits(lines) == expected)
        for (word, row) in zip(Self.words, expected) { #expect(try bits(items(post([word]))) == [row], "\(word)") }
        let many = (0..<300).map { " word\($0)" } + Self.words.reversed()
        #expect(try Array(bits(items(post(many))).suffix(Self.words.count)) == expected.reversed())
    }

    /// Whatever form a piece is given in, its row is that of its bytes.
    @Test func aVocabularyHasTheRowsOfItsTokens() throws {
        let server = try ServerProcess()
        let scratch = try Scratch()
        let pieces = ["Ġblockchain", "zq", "ĠÃ¼ber", "ÿ", "a", "Ġa", "abĠab"]
        let body = try JSONSerialization.data(withJSONObject: ["vocabulary": pieces, "form": "byte_level"])
        for (query, fields) in [("", [:]), ("?method=mean&norm=clip", ["method": "mean", "norm": "clip"])] as [(String, [String: String])] {
            let rows = try bits(file(server.post(Self.vocabulary + query, body: body).body, scratch), "input_embeddings")
            let request = fields.merging(["form": "byte_level", "on_existing": "copy"]) { $1 } as [String: Any]
            #expect(try bits(items(server.post(Self.tokens, json: request.merging(["tokens": pieces]) { $1 }))) == rows)
        }
    }

    /// Pieces cut anywhere, as a download that breaks off cuts them: joined they are the file.
    @Test(arguments: ["zett-tied-lang-bias", "zett-untied-single-head", "zett-untied-two-heads"], ["float32", "bfloat16"])
    func rangesJoinToTheWhole(goldenCase: String, format: String) throws {
        let pair = try FolderPair(goldenCase: goldenCase)
        let server = try ServerProcess(pair.options)
        let letters = ["a", "b", "Ġ"]
        var pieces = [""]
        for _ in 0..<5 { pieces = pieces.flatMap { piece in letters.map { piece + $0 } } }
        let body = try JSONSerialization.data(withJSONObject: ["vocabulary": letters + pieces, "form": "byte_level"])
        let path = Self.vocabulary + "?dtype=\(format)" + (pair.language.map { "&language=\($0)" } ?? "")
        let whole = try server.post(path, body: body)
        #expect(whole.status == 200)
        let tag = try #require(whole.fields["etag"])

        let scratch = try Scratch()
        let safetensors = try file(whole.body, scratch)
        #expect(safetensors.metadata["generated"] == "243")
        #expect((safetensors["output_embeddings"] != nil) == !pair.expectedOutput.isEmpty)
        #expect((safetensors["bias"] != nil) == !pair.expectedBias.isEmpty)
        if format == "float32" {
            var request: [String: Any] = ["tokens": Array(pieces.suffix(9)), "form": "byte_level"]
            request["language"] = pair.language.map { String($0) }
            let items = try items(server.post(Self.tokens, json: request))
            for (name, tensor) in [("input", "input_embeddings"), ("output", "output_embeddings"), ("bias", "bias")] where safetensors[tensor] != nil {
                #expect(try bits(items, name) == bits(safetensors, tensor).suffix(9))
            }
        }

        var generator = SystemRandomNumberGenerator()
        // Beside random places: the ends of the header, of the tables, of rows.
        var cuts = Set(safetensors.tensors.flatMap { [$0.byteRange.lowerBound, $0.byteRange.upperBound - 1, $0.byteRange.lowerBound + 1] })
        for _ in 0..<24 { cuts.insert(Int.random(in: 1..<whole.body.count, using: &generator)) }
        let bounds = ([0] + cuts.sorted().filter { $0 > 0 && $0 < whole.body.count } + [whole.body.count])
        var joined = Data()
        for (first, end) in zip(bounds, bounds.dropFirst()) {
            let part = try server.post(path, body: body, ["-H", "Range: bytes=\(first)-\(end - 1)", "-H", "If-Range: \(tag)"])
            #expect(part.status == 206 && part.fields["content-range"] == "bytes \(first)-\(end - 1)/\(whole.body.count)")
            #expect(part.fields["etag"] == tag)
            joined += part.body
        }
        #expect(joined == whole.body, "cut at \(bounds)")
        let last = try server.post(path, body: body, ["-H", "Range: bytes=-100"])
        #expect(last.status == 206 && last.body == whole.body.suffix(100))
        #expect(try server.post(path, body: body, ["-H", "Range: bytes=\(whole.body.count)-"]).status == 416)
        let other = try server.post(path, body: body, ["-H", "Range: bytes=5-9", "-H", "If-Range: \"other\""])
        #expect(other.status == 200 && other.body == whole.body)
    }
}
