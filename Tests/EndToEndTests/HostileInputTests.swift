import Foundation
import Testing

/// What nobody should send, through the built binary: the answer says what is wrong and where, in whichever format was asked for.
@Suite struct HostileInputTests {
    private static let tokens = "/v1/token-embeddings"
    private static let decompositions = "/v1/decompositions"
    private static let vocabulary = "/v1/vocabulary-embeddings"

    private static func accept(_ type: String) -> [String] { ["-H", "Accept: \(type)"] }

    private static let formats = ["application/json", "application/vnd.safetensors", "application/x-ndjson"].map(accept)

    // MARK: Tokens

    private static let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)

    private static let tokenRefusals: [Refusal] =
        [
            .malformed(#"{"tokens":["\ud800"]}"#), .malformed(#"{"tokens":["\udc00"]}"#), .malformed(#"{"tokens":["\ud800\u0041"]}"#),
            .malformed(#"{"tokens":["\ud800x"]}"#), .malformed("{\"tokens\":[\"a\u{0}\"]}"), .malformed("\u{FEFF}{\"tokens\":[\"a\"]}"),
            Refusal(Data(#"{"tokens":[""#.utf8) + [0xFF, 0xFE] + Data(#""]}"#.utf8), 400, "malformed_json"),
            Refusal(Data(#"{"tokens":[""#.utf8) + [0xED, 0xA0, 0x80] + Data(#""]}"#.utf8), 400, "malformed_json"),
            .malformed(#"{"tokens":\#(deep)}"#), .malformed(String(repeating: "[", count: 1 << 20)),
            .malformed(String(repeating: #"{"tokens":"#, count: 1 << 16)), .malformed(#"{"tokens":["a"]}{"tokens":["b"]}"#),
            .malformed("[0],[0],[0]"), .malformed(#"{"tokens":["a"],"seed":01}"#), .malformed(#"{"tokens":["a"],"scale":.5}"#),
            .malformed(#"{"tokens":["a"],"scale":Infinity}"#), .malformed(#"{"tokens":["a"],"scale":NaN}"#),
            .invalid("null", at: ""), .invalid("7", at: ""), .invalid(#""a""#, at: ""), .invalid(#"{"tokens":null}"#, at: "/tokens"),
            .invalid(#"{"tokens":{"0":"a"}}"#, at: "/tokens"), .token("null", at: "/tokens/0"), .token("[[0]]", at: "/tokens/0"),
            .token(#"{"token":null}"#, at: "/tokens/0/token"), .token(#"{"token":"a","token":"b"}"#, at: "/tokens/0/token"),
            .token(#""a""#, #""seed":0,"seed":1"#, at: "/seed"), .token(#""a""#, #""diagnostics":"yes""#, at: "/diagnostics"),
            .token(#""a""#, #""model":"\#(String(repeating: "m", count: 1 << 20))""#, at: "/model"),
            .token(#""a""#, #""language":"\#(String(repeating: "m", count: 4_097))""#, at: "/language"),
            .token(#""a""#, #""outputs":[\#(String(repeating: #""input","#, count: 100_000))"bias"]"#, at: "/outputs"),
            .token(#""a""#, #""compare":["mean","mean"]"#, at: "/compare"), .token(#""a""#, #""compare":["merge"]"#, at: "/compare"),
            // What the text of a token may be.
            .token(#""""#, at: "/tokens/0"), .token(#""\#(String(repeating: "a", count: 4_097))""#, at: "/tokens/0"),
            .token(#""\#(String(repeating: "é", count: 32_768))""#, at: "/tokens/0"), .token(#""\u0301\u0302\u0327""#, at: "/tokens/0"),
            .token(#""\u0000""#, at: "/tokens/0"), .token(#""\ue000""#, at: "/tokens/0"),
            .token(#"{"token":"a b","form":"byte_level"}"#, at: "/tokens/0/token"),
            .token(#"{"token":"日","form":"byte_level"}"#, at: "/tokens/0/token"),
            .token(#"{"token":"%%%","form":"bytes"}"#, at: "/tokens/0/token"), .token(#"{"token":"QQ=","form":"bytes"}"#, at: "/tokens/0/token"),
            .token(#"{"token":"====","form":"bytes"}"#, at: "/tokens/0/token"), .token(#"{"token":"Q Q=","form":"bytes"}"#, at: "/tokens/0/token"),
            // What source ids may be.
            .token(#"{"source_ids":[]}"#, at: "/tokens/0/source_ids"), .token(#"{"source_ids":[-1]}"#, at: "/tokens/0/source_ids"),
            .token(#"{"source_ids":[2147483648]}"#, at: "/tokens/0/source_ids/0"), .token(#"{"source_ids":[2147483647]}"#, at: "/tokens/0/source_ids"),
            .token(#"{"source_ids":[5,"6"]}"#, at: "/tokens/0/source_ids/1"), .token(#"{"source_ids":[true]}"#, at: "/tokens/0/source_ids/0"),
            .token(#"{"source_ids":[1\#(String(repeating: "0", count: 400))]}"#, at: "/tokens/0/source_ids/0"),
            .token(#"{"source_ids":[5,5,5,5,5,5,5,5]}"#, at: "/tokens/0/source_ids"),
            .token(#"{"source_ids":[5\#(String(repeating: ",5", count: 100_000))]}"#, #""method":"mean""#, at: "/tokens/0/source_ids"),
            .token(#"{"source_ids":[]}"#, #""method":"mean""#, at: "/tokens/0/source_ids"),
            .token(#"{"source_ids":[30522]}"#, #""method":"mean""#, at: "/tokens/0/source_ids"),
            // What methods need.
            .token(#""a""#, #""method":"weighted""#, at: "/weighting"), .token(#""a""#, #""method":"merge""#, at: "/merges"),
            .token(#""a""#, #""method":"merge","merges":[["a"]]"#, at: "/merges/0"),
            .token(#""a""#, #""method":"merge","merges":[["a","b"],["","b"]]"#, at: "/merges/1"),
            .token(#""a""#, #""method":"merge","merges":[["a",7]]"#, at: "/merges/0"),
            .token(#""a""#, #""method":"merge","merges":[["a","\#(String(repeating: "b", count: 4_097))"]]"#, at: "/merges/0"),
            .token(#""a""#, #""method":"description""#, at: "/tokens/0"),
            .token(#"{"token":"a","description":"\#(String(repeating: "d", count: 4_097))"}"#, at: "/tokens/0/description"),
            .token(#""a""#, #""method":"multivariate","scale":0"#, at: "/scale"), .token(#""a""#, #""scale":-1"#, at: "/scale"),
            .token(#""a""#, #""scale":1e39"#, at: "/scale"), .token(#""a""#, #""scale":1e999"#, at: "/scale"),
            .token(#""a""#, #""scale":1\#(String(repeating: "0", count: 1 << 20))"#, at: "/scale"), .token(#""a""#, #""scale":"NaN""#, at: "/scale"),
            .token(#""a""#, #""seed":-1"#, at: "/seed"), .token(#""a""#, #""seed":18446744073709551616"#, at: "/seed"),
            .token(#""a""#, #""seed":1.5"#, at: "/seed"),
        ] + explicitRefusals

    /// Rows that a caller names, with weights.
    private static let explicitRefusals: [Refusal] = [
        (#"[{"id":1,"weight":1e999}]"#, "/sources/0/weight"), (#"[{"id":1,"weight":"1"}]"#, "/sources/0/weight"),
        (#"[{"id":1,"weight":1,"weight":2}]"#, "/sources/0/weight"), (#"[{"id":1,"weight":0}]"#, "/token"),
        (#"[{"id":1,"weight":1},{"id":2,"weight":-1}]"#, "/token"), (#"[{"id":1,"weight":1000001},{"id":2,"weight":-1000000}]"#, "/token"),
        (#"[{"id":5},{"token":"qzqzqz"}]"#, "/sources/1"), (#"[{"id":-1}]"#, "/sources/0"), (#"[{"id":1000000000}]"#, "/sources/0"),
        (#"[{"id":1099511627776}]"#, "/sources/0"), (#"[{"id":1.5}]"#, "/sources/0/id"), (#"[{"id":1,"token":"a"}]"#, "/sources/0"),
        (#"[{}]"#, "/sources/0"), ("[[0]]", "/sources/0"), ("[]", "/sources"), ("{}", "/sources"), ("null", "/sources"),
        ("[{\"id\":1}\(String(repeating: ",{\"id\":1}", count: 1_024))]", "/sources"),
        (#"[{"token":"\#(String(repeating: "a", count: 1 << 20))"}]"#, "/sources/0/token"),
    ].map { sources, pointer in
        .token(#"{"token":"a","sources":\#(sources)}"#, #""method":"explicit""#, at: "/tokens/0" + pointer)
    } + [
        .token(#""a""#, #""method":"explicit""#, at: "/tokens/0"),
        .malformed(#"{"method":"explicit","tokens":[{"token":"a","sources":[{"id":1,"weight":NaN}]}]}"#),
        .malformed(#"{"method":"explicit","tokens":[{"token":"a","sources":[{"id":1,"weight":-Infinity}]}]}"#),
    ]

    @Test func refusesTokensInEveryFormat() throws {
        let server = try ServerProcess()
        for (index, refusal) in Self.tokenRefusals.enumerated() {
            // Every refusal in one of the formats, each format a third of them: what is checked is the same code.
            try server.check(Self.tokens, refusal, Self.formats[index % Self.formats.count])
            try server.check(Self.decompositions, refusal)
        }
        for format in Self.formats { for refusal in Self.explicitRefusals.prefix(6) { try server.check(Self.tokens, refusal, format) } }
        #expect(try server.post(Self.tokens, json: ["tokens": [" word"]]).status == 200)
    }

    /// Short numbers are for bytes: JSON's would not tell that they are short.
    @Test func refusesShortNumbersInText() throws {
        let server = try ServerProcess()
        let refusal = Refusal.token(#""a""#, #""dtype":"float16""#, at: "/dtype")
        try server.check(Self.tokens, refusal, Self.formats[0])
        try server.check(Self.tokens, refusal, Self.formats[2])
        #expect(try server.post(Self.tokens, body: refusal.body, Self.formats[1]).status == 200)
        try server.check(Self.tokens, Refusal(Data("{}".utf8), 406, "not_acceptable"), Self.accept("text/html"))
    }

    /// What is too much is refused before much is done about it.
    @Test func refusesTooMuch() throws {
        let server = try ServerProcess()
        let full = String(repeating: "[0],", count: (16 << 20) / 4 - 4)
        for format in Self.formats {
            try server.check(Self.tokens, .tooMany(#"{"tokens":["a"\#(String(repeating: #","a""#, count: 99_999))]}"#, at: "/tokens"), format)
        }
        let refusals: [Refusal] = [
            .tooMany(#"{"tokens":["a"\#(String(repeating: #","a""#, count: 32_768))]}"#, at: "/tokens"),
            .tooMany(#"{"compare":["mean","normal"],"tokens":["a"\#(String(repeating: #","a""#, count: 10_922))]}"#, at: "/tokens"),
            .tooMany(#"{"diagnostics":true,"tokens":["a"\#(String(repeating: #","a""#, count: 1_024))]}"#, at: "/tokens"),
            .tooMany(
                #"{"method":"merge","tokens":["a"],"merges":[["a","b"]\#(String(repeating: #",["a","b"]"#, count: 100_000))]}"#, at: "/merges"),
            .tooMany(#"{"tokens":[\#(full)0]}"#, at: "/tokens"), .malformed(full),
            Refusal(Data(repeating: 0x20, count: 16 << 20 + 1), 413, "body_too_large"),
        ]
        for refusal in refusals {
            try server.check(Self.tokens, refusal)
            try server.check(Self.decompositions, refusal)
        }
        try server.check(Self.vocabulary, .tooMany(#"{"form":"text","vocabulary":[\#(full)0]}"#, at: "/vocabulary"))
        try server.check(Self.vocabulary, Refusal(Data(repeating: 0x20, count: 128 << 20 + 1), 413, "body_too_large"))
        #expect(try server.peakKilobytes < 600_000)
    }

    /// A body that is small for the wire and has a pointer for each of its parts: reading it takes time in proportion to its length.
    @Test func readsLongListsOfParts() throws {
        let server = try ServerProcess()
        let tokens = String(repeating: #"{"token":"a","form":"text","sources":[{"id":5},{"token":"b"}]},"#, count: 16_000)
        let explicit = try server.post(
            Self.decompositions, body: Data(#"{"method":"explicit","tokens":[\#(tokens)"a"]}"#.utf8))
        #expect(explicit.status == 422)
        let merges = String(repeating: #"["a","b"],"#, count: 50_000)
        let merged = try server.post(
            Self.decompositions, body: Data(#"{"method":"merge","tokens":["abq"],"merges":[\#(merges)["ab","q"]]}"#.utf8))
        #expect(merged.status == 200)
    }

    /// Strange, and still tokens.
    @Test func takesStrangeTokens() throws {
        let server = try ServerProcess()
        let tokens: [(token: Any, warnings: Set<String>)] = [
            ("   ", ["fallback_pieces"]), ("a\u{0}", ["normalized", "existing"]), (String(repeating: "zq ", count: 30), ["truncated"]),
            (String(repeating: "ab ", count: 1_365), ["not_covered"]),
            ("\u{E0FFF}", ["fallback_pieces"]), ("\u{FFFF}", ["fallback_pieces"]), ("שלום", []), ("\u{202E}abc", ["normalized"]),
            ("[MASK]", ["existing"]), ("[unused5]", []), (["token": "//4=", "form": "bytes"], ["fallback_pieces"]),
            (["token": "ÿ", "form": "byte_level"], ["fallback_pieces"]), (["source_ids": [0]], []),
        ]
        for format in [Self.formats[0], Self.formats[2]] {
            let answer = try server.post(
                Self.tokens, body: JSONSerialization.data(withJSONObject: ["tokens": tokens.map(\.token), "encoding": "base64"]), format)
            #expect(answer.status == 200)
            let items: [[String: Any]] =
                format == Self.formats[0]
                ? try #require(try answer.json["data"] as? [[String: Any]])
                : try answer.body.split(separator: UInt8(ascii: "\n")).map {
                    try #require(try JSONSerialization.jsonObject(with: $0) as? [String: Any])
                }
            #expect(items.count == tokens.count)
            for (item, expected) in zip(items, tokens) {
                let warnings = Set(try #require(item["warnings"] as? [String]))
                #expect(warnings.isSuperset(of: expected.warnings), "\(expected.token): \(warnings)")
                #expect((item["input"] as? String)?.count == 384 * 4 / 3 * 4, "\(expected.token)")
            }
        }
        // Rules that lead round in a circle, or nowhere, lead to the base's mean.
        let circle = try server.post(
            Self.decompositions, json: ["tokens": ["zqx"], "method": "merge", "merges": [["z", "qx"], ["zq", "x"], ["q", "zq"], ["qx", "z"]]])
        let item = try #require((try circle.json["data"] as? [[String: Any]])?.first)
        #expect(circle.status == 200 && item["status"] as? String == "fallback" && item["warnings"] as? [String] == ["not_covered"])
    }

    // MARK: Overflow

    /// Rows of the base that are large, weighed so that they become too large: an error that says so, in every format.
    @Test func namesRowsThatOverflow() throws {
        let pair = try FolderPair(goldenCase: "zett-untied-two-heads", constantRows: [20: 60_000, 21: 3e38, 22: -3e38])
        let server = try ServerProcess(pair.options)
        func body(_ row: Int, _ fields: String) -> Data {
            let twice = #"{"token":"ab","sources":[{"id":\#(row),"weight":2},{"id":7,"weight":-1}]}"#
            let tokens = String(repeating: #"{"token":"ab","sources":[{"id":7}]},"#, count: 200) + twice
            return Data(#"{"method":"explicit","tokens":[\#(tokens)]\#(fields)}"#.utf8)
        }
        let half = Refusal(body(20, #","dtype":"float16","encoding":"base64""#), 422, "overflow", at: "/tokens/200")
        try server.check(Self.tokens, half, Self.formats[0])
        try server.check(Self.tokens, half, Self.formats[1])
        #expect(try server.post(Self.tokens, body: body(20, "")).status == 200)
        let whole = Refusal(body(21, ""), 422, "overflow", at: "/tokens/200")
        try server.check(Self.tokens, whole, Self.formats[0])
        try server.check(Self.tokens, whole, Self.formats[1])
        // The lines before it have been sent: the last one is the problem, and the answer has no end.
        for refusal in [half, whole] {
            let result = try server.download(Self.tokens, refusal.body, Self.formats[2])
            #expect(result.status == 18, "the transfer is not cut off")
            let line = try #require(result.output.split(separator: UInt8(ascii: "\n")).last)
            let last = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
            #expect(last["code"] as? String == "overflow")
            #expect((last["errors"] as? [[String: String]])?.first?["pointer"] == "/tokens/200")
        }
        // Metrics have what was answered: 201 tokens whole, and the first 128 of each stream.
        let lines = String(decoding: try server.curl("/metrics").body, as: UTF8.self).split(separator: "\n")
        #expect(lines.contains(#"hyperembed_tokens_total{model="default",method="explicit",status="generated"} 457"#))
        #expect(lines.contains(#"hyperembed_phase_duration_seconds_count{route="/v1/token-embeddings",phase="total"} 3"#))
    }
}
