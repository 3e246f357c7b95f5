import JSON
import Testing

@testable import Tokenization

@Suite struct NormalizerTests {
    /// Every kind of normaliser on 1,200 strings, as the `tokenizers` library normalises them.
    @Test func agreesWithTheLibrary() throws {
        let fixture = try readFixture("normalizers.expected.json")
        let samples = try #require(fixture["samples"]).elements.compactMap(\.string)
        let normalizers = try #require(fixture["normalizers"])
        #expect(samples.count == 1_200 && normalizers.count == 17)
        for entry in normalizers.elements {
            let description = try #require(entry["description"]).sourceText
            let normalizer = try #require(try Self.normalizer(description))
            let expected = try #require(entry["normalized"]).elements.compactMap(\.utf8)
            try #require(expected.count == samples.count)
            for (text, wanted) in zip(samples, expected) {
                let found = Array(normalizer.normalize(text).utf8)
                #expect(found == wanted, "\(description.prefix(80)): \(text.unicodeScalars.map { String($0.value, radix: 16) })")
            }
        }
    }

    /// Steps that only insert, remove or replace spaces are left out: the token's own leading space is what it says it is.
    @Test(arguments: [
        #"{"type":"Prepend","prepend":"▁"}"#, #"{"type":"Strip","strip_left":true,"strip_right":true}"#,
        #"{"type":"Replace","pattern":{"String":" "},"content":"▁"}"#,
        #"{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}"#,
        #"{"type":"Replace","pattern":{"Regex":"^\\s+|\\s+$"},"content":""}"#,
        #"{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":true,"strip_accents":false,"lowercase":false}"#,
    ])
    func leavesSpacesAlone(description: String) throws {
        let normalizer = try #require(try Self.normalizer(description))
        for text in [" word", "word", "  two  words ", "▁word", "日本"] { #expect(normalizer.normalize(text) == text) }
    }

    @Test func refusesWhatItDoesNotKnow() {
        #expect(throws: TokenizerError.unsupported(file: "tokenizer.json", pointer: "/normalizer/type", value: "\"Rot13\"")) {
            try Self.normalizer(#"{"type":"Rot13"}"#)
        }
        #expect(throws: TokenizerError.self) {
            try Self.normalizer(#"{"type":"Precompiled","precompiled_charsmap":"AAAA"}"#)
        }
        #expect(throws: TokenizerError.self) {
            try Self.normalizer(#"{"type":"Replace","pattern":{"Regex":"(("},"content":"a"}"#)
        }
    }

    private static func normalizer(_ description: String) throws -> Normalizer? {
        let json = #"{"normalizer":\#(description),"model":{"type":"BPE","vocab":{},"merges":[]}}"#
        return try Tokenizer(parsing: Array(json.utf8)).normalizer
    }
}
