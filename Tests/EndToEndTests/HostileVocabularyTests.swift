import Foundation
import Tensors
import Testing

/// Vocabularies that are none, or odd ones, through the built binary.
@Suite struct HostileVocabularyTests {
    private static let path = "/v1/vocabulary-embeddings"

    /// A tokenizer.json of byte-level BPE.
    private static func byteLevel(_ vocabulary: String, _ fields: String = "") -> String {
        #"{"model":{"type":"BPE","merges":[],"vocab":\#(vocabulary)},"decoder":{"type":"ByteLevel"}\#(fields)}"#
    }

    private static let refusals: [Refusal] =
        [
            .invalid("{}", at: "/model"), .invalid("[]", at: "/model"), .invalid("null", at: "/model"), .invalid(#"{"model":[]}"#, at: "/model"),
            .invalid(#"{"model":{"type":"BPE"}}"#, at: "/model/vocab"), .invalid(#"{"model":{"type":"Markov","vocab":{}}}"#, at: "/model/type"),
            .invalid(#"{"model":{"type":7,"vocab":{"a":0},"merges":[]}}"#, at: "/model/type"),
            .invalid(#"{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}"#, at: ""),
            .invalid(#"{"model":{"type":"BPE","vocab":{"a":0}},"decoder":{"type":"ByteLevel"},"pre_tokenizer":{"type":"Metaspace"}}"#, at: ""),
            .invalid(#"{"model":{"type":"BPE","vocab":{"a":0},"continuing_subword_prefix":7}}"#, at: "/model/continuing_subword_prefix"),
            .invalid(byteLevel("{}"), at: ""), .invalid(byteLevel("[]"), at: "/model/vocab"),
            .invalid(byteLevel(#"{"a":0,"b":0}"#), at: "/model/vocab/b"), .invalid(byteLevel(#"{"a~/b":-1}"#), at: "/model/vocab/a~0~1b"),
            .tooMany(byteLevel(#"{"a":1048576}"#), at: ""), .invalid(byteLevel(#"{"a":16777216}"#), at: "/model/vocab/a"),
            .invalid(byteLevel(#"{"a":2147483648}"#), at: "/model/vocab/a"), .invalid(byteLevel(#"{"a":99999999999999999999}"#), at: "/model/vocab/a"),
            .invalid(byteLevel(#"{"a":1.5}"#), at: "/model/vocab/a"), .invalid(byteLevel(#"{"a":1e3}"#), at: "/model/vocab/a"),
            .invalid(byteLevel(#"{"a":"7"}"#), at: "/model/vocab/a"), .invalid(byteLevel(#"{"a":null}"#), at: "/model/vocab/a"),
            .invalid(byteLevel(#"{"\#(String(repeating: "a", count: 4_097))":0}"#), at: ""),
            .invalid(byteLevel(#"{"a":0}"#, #","added_tokens":7"#), at: "/added_tokens"),
            .invalid(byteLevel(#"{"a":0}"#, #","added_tokens":[7]"#), at: "/added_tokens/0"),
            .invalid(byteLevel(#"{"a":0}"#, #","added_tokens":[{"id":-1,"content":"b"}]"#), at: "/added_tokens/0"),
            .invalid(byteLevel(#"{"a":0}"#, #","added_tokens":[{"id":0,"content":"b"}]"#), at: "/added_tokens/0/id"),
            .invalid(#"{"model":{"type":"Unigram","vocab":[["a",0],["b"]]},"decoder":{"type":"Metaspace"}}"#, at: "/model/vocab/1"),
            .invalid(#"{"model":{"type":"Unigram","vocab":[["a","0"]]},"decoder":{"type":"Metaspace"}}"#, at: "/model/vocab/0"),
            .malformed(byteLevel(#"{"\ud800":0}"#)), .malformed(byteLevel(#"{"a":NaN}"#)), .malformed(String(repeating: "[", count: 1 << 20)),
            Refusal(Data(#"{"vocabulary":[""#.utf8) + [0xFF] + Data(#""],"form":"text"}"#.utf8), 400, "malformed_json"),
        ] + listRefusals

    private static let listRefusals: [Refusal] = [
        (#"{"vocabulary":["a"]}"#, "/form"), (#"{"vocabulary":["a"],"form":"morse"}"#, "/form"), (#"{"vocabulary":[],"form":"text"}"#, ""),
        (#"{"vocabulary":{},"form":"text"}"#, ""), (#"{"vocabulary":7,"form":"text"}"#, "/vocabulary"),
        (#"{"vocabulary":null,"form":"text"}"#, "/vocabulary"), (#"{"vocabulary":["a",7],"form":"text"}"#, "/vocabulary/1"),
        (#"{"vocabulary":{"a":-1},"form":"text"}"#, "/vocabulary"), (#"{"vocabulary":{"a":1.5},"form":"text"}"#, "/vocabulary/a"),
        (#"{"vocabulary":{"a":"7"},"form":"text"}"#, "/vocabulary/a"), (#"{"vocabulary":{"a":2147483648},"form":"text"}"#, "/vocabulary"),
        (#"{"vocabulary":{"a":1,"b":1},"form":"text"}"#, "/vocabulary"), (#"{"vocabulary":["%%"],"form":"bytes"}"#, "/vocabulary"),
        (#"{"vocabulary":["日"],"form":"byte_level"}"#, "/vocabulary"), (#"{"vocabulary":["a"],"form":"text","x":1}"#, "/x"),
        (#"{"vocabulary":["a"],"form":"text","form":"text"}"#, "/form"),
    ].map { Refusal.invalid($0, at: $1) }

    @Test func refusesWhatIsNoVocabulary() throws {
        let server = try ServerProcess()
        for refusal in Self.refusals { try server.check(Self.path, refusal) }
        let tooMany = (0...1 << 20).map { #""\#($0)""# }.joined(separator: ",")
        try server.check(Self.path, .tooMany(#"{"vocabulary":[\#(tooMany)],"form":"text"}"#, at: "/vocabulary"))
        #expect(try server.post(Self.path, body: Data(Self.byteLevel(#"{"a":0}"#).utf8)).status == 200)
    }

    @Test func refusesOptionsThatDoNotHold() throws {
        let server = try ServerProcess()
        let wordPiece = ###"{"model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0,"##a":1}}}"###
        let refusals: [(query: String, body: String, pointer: String)] = [
            ("method=guess", wordPiece, "?method"), ("method=explicit", wordPiece, "?method"), ("method=description", wordPiece, "?method"),
            ("method=weighted", wordPiece, "?weighting"), ("method=merge", wordPiece, "/model/type"),
            ("method=merge", #"{"vocabulary":["a"],"form":"text"}"#, "?method"),
            ("method=merge", #"{"model":{"type":"BPE","vocab":{"a":0}},"decoder":{"type":"ByteLevel"}}"#, "/model/merges"),
            ("method=merge", #"{"model":{"type":"BPE","vocab":{"a":0},"merges":[7]},"decoder":{"type":"ByteLevel"}}"#, "/model/merges/0"),
            ("method=merge", #"{"model":{"type":"BPE","vocab":{"a":0},"merges":["a "]},"decoder":{"type":"ByteLevel"}}"#, "/model/merges"),
            ("scale=0", wordPiece, "?scale"), ("scale=-1", wordPiece, "?scale"), ("scale=1e39", wordPiece, "?scale"), ("scale=nan", wordPiece, "?scale"),
            ("seed=-1", wordPiece, "?seed"), ("seed=18446744073709551616", wordPiece, "?seed"), ("dtype=int8", wordPiece, "?dtype"),
            ("outputs=", wordPiece, "?outputs"), ("outputs=\(String(repeating: "input,", count: 500))", wordPiece, "?outputs"),
            ("norm=%ff", wordPiece, "?norm"), ("encoding=base64", wordPiece, "?encoding"), ("method=mean&method=mean", wordPiece, "?method"),
        ]
        for (query, body, pointer) in refusals { try server.check(Self.path + "?" + query, .invalid(body, at: pointer)) }
        try server.check(Self.path + "?model=x", Refusal(Data(wordPiece.utf8), 404, "unknown_model", at: "?model"))
        try server.check(Self.path, Refusal(Data(wordPiece.utf8), 406, "not_acceptable"), ["-H", "Accept: application/json"])
    }

    @Test func refusesBombs() throws {
        let server = try ServerProcess()
        let scratch = try Scratch()
        let file = scratch.path + "/bomb"
        try Data(repeating: 0x20, count: 64 << 20).write(to: URL(fileURLWithPath: file))
        #expect(try run("gzip", ["-9", file]).status == 0)
        let bomb = try Data(contentsOf: URL(fileURLWithPath: file + ".gz"))
        let gzip = ["-H", "Content-Encoding: gzip"]
        try server.check(Self.path, Refusal(bomb, 413, "body_too_large"), gzip)
        try server.check(Self.path, Refusal(bomb.dropLast(9), 413, "body_too_large"), gzip)
        try server.check(Self.path, Refusal(Data("no gzip".utf8), 400, "bad_content_coding"), gzip)
        #expect(try server.peakKilobytes < 300_000)
    }

    /// Odd, and still vocabularies: what is said of them, and a row for every id.
    @Test func takesOddVocabularies() throws {
        let server = try ServerProcess()
        let vocabularies: [(body: String, counts: [String: String], copies: [Int])] = [
            // The ids in `copies` have the row of id 0. Holes, ids in no order, the same key twice: each id counts.
            (Self.byteLevel(#"{"Ġblockchain":6,"a":2,"b":0}"#), ["rows": "7", "generated": "1", "copied": "2", "fallback": "4"], []),
            (Self.byteLevel(#"{"a":1,"a":0}"#), ["rows": "2", "copied": "2"], [1]), (Self.byteLevel(#"{"Ġblockchain":0}"#), ["rows": "1", "generated": "1"], []),
            (
                Self.byteLevel("{}", #","added_tokens":[{"id":1,"content":"<mask>","special":true},{"id":0,"content":"<x>","special":true}]"#),
                ["rows": "2", "copied": "1", "fallback": "1"], []
            ),
            // A byte by its fallback entry and by its own.
            (
                #"{"model":{"type":"Unigram","vocab":[["zqz",0],["a",0],["<0x61>",-1],["zqz",-2]]},"decoder":{"type":"Metaspace"}}"#,
                ["rows": "4", "generated": "2", "copied": "2"], [3]
            ),
            (#"{"vocabulary":["","zqz","zqz"],"form":"text"}"#, ["rows": "3", "generated": "2", "fallback": "1"], []),
            (###"{"model":{"type":"WordPiece","vocab":{"##":0,"a":1}}}"###, ["rows": "2", "copied": "1", "fallback": "1"], []),
            (#"{"vocabulary":["//4=","IA=="],"form":"bytes"}"#, ["rows": "2", "generated": "2", "with_fallback_pieces": "2"], []),
            (#"{"vocabulary":["\#(String(repeating: "zq ", count: 30))"],"form":"text"}"#, ["rows": "1", "truncated": "1"], []),
        ]
        let scratch = try Scratch()
        for (body, counts, copies) in vocabularies {
            let answer = try server.post(Self.path, body: Data(body.utf8))
            #expect(answer.status == 200, "\(body)")
            let file = scratch.path + "/file"
            try answer.body.write(to: URL(fileURLWithPath: file))
            let safetensors = try SafetensorsFile(path: file)
            for (name, count) in counts { #expect(safetensors.metadata[name] == count, "\(body): \(name)") }
            let rows = try #require(safetensors["input_embeddings"])
            #expect("\(rows.shape)" == "[\(counts["rows"] ?? ""), 384]")
            let numbers = try rows.floats()
            #expect(numbers.allSatisfy { $0.isFinite })
            for id in copies { #expect(Array(numbers[..<384]) == Array(numbers[id * 384..<(id + 1) * 384]), "\(body)") }
        }
        // No hypernetwork that looks at languages minds one.
        #expect(try server.post(Self.path + "?language=de", body: Data(vocabularies[0].body.utf8)).status == 200)
    }

    /// What overflows in the middle of a file cuts it off.
    @Test func cutsOffFilesWhoseNumbersOverflow() throws {
        let pair = try FolderPair(goldenCase: "zett-untied-two-heads", constantRows: [3: 70_000])
        let server = try ServerProcess(pair.options)
        let fillers = (0..<5_000).map { _ in "\"a\"" }.joined(separator: ",")
        let body = Data(#"{"vocabulary":[\#(fillers),"b"],"form":"byte_level"}"#.utf8)
        let whole = try server.post(Self.path, body: body)
        #expect(whole.status == 200)
        // Curl's status for a transfer that ends early.
        #expect(try server.download(Self.path + "?dtype=float16", body).status == 18)
        try server.check(Self.path + "?dtype=float16", Refusal(Data(#"{"vocabulary":["b"],"form":"byte_level"}"#.utf8), 422, "overflow"))
    }
}
