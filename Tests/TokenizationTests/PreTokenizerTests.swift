import JSON
import Testing

@testable import Tokenization

@Suite struct PreTokenizerTests {
    /// Every kind of pre-tokenizer on 504 strings, as the `tokenizers` library cuts them.
    @Test func agreesWithTheLibrary() throws {
        let fixture = try readBaseTokenizerFixture("pre-tokenizers.expected.json")
        let samples = try #require(fixture["samples"]).elements.compactMap(\.utf8)
        let cases = try #require(fixture["preTokenizers"])
        #expect(samples.count == 504 && cases.count == 44)
        for entry in cases.elements {
            let description = try #require(entry["description"])
            let preTokenizer = try #require(try Self.preTokenizer(description.sourceText))
            let expected = try #require(entry["words"]).elements.map { $0.elements.compactMap(\.utf8) }
            try #require(expected.count == samples.count)
            for (text, wanted) in zip(samples, expected) where preTokenizer.words(of: text, continuesWord: false) != wanted {
                Issue.record("\(description.sourceText.prefix(120)): \(String(decoding: text, as: UTF8.self))")
            }
        }
    }

    /// What goes on inside a word is given no space, but the words after it are.
    @Test(arguments: [
        (#"{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}"#, ["house", "▁word"]),
        (#"{"type":"Metaspace","replacement":"▁","add_prefix_space":true}"#, ["house", "▁word"]),
        (#"{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}"#, ["house", "Ġword"]),
        (
            #"""
            {"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},
            {"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}]}
            """#, ["house", "▁word"]
        ),
    ])
    func continuesWords(description: String, words: [String]) throws {
        let preTokenizer = try #require(try Self.preTokenizer(description))
        let text = Array("house word".utf8)
        #expect(preTokenizer.words(of: text, continuesWord: true) == words.map { Array($0.utf8) })
        #expect(preTokenizer.words(of: text, continuesWord: false).first != Array("house".utf8))
    }

    @Test(arguments: [
        (#"{"type":"UnicodeScripts"}"#, "/pre_tokenizer/type", "\"UnicodeScripts\""),
        (#"{"type":"Sequence","pretokenizers":[{"type":"Rot13"}]}"#, "/pre_tokenizer/pretokenizers/0/type", "\"Rot13\""),
        (#"{"type":"Split","pattern":{"Regex":"(("},"behavior":"Removed"}"#, "/pre_tokenizer/pattern/Regex", "\"((\""),
        (#"{"type":"Split","pattern":{"String":"a"},"behavior":"Lost"}"#, "/pre_tokenizer/behavior", "\"Lost\""),
        (#"{"type":"Metaspace","replacement":"_"}"#, "/pre_tokenizer/replacement", "\"_\""),
        (#"{"type":"Metaspace","replacement":"▁","prepend_scheme":"last"}"#, "/pre_tokenizer/prepend_scheme", "\"last\""),
    ])
    func refusesWhatItDoesNotKnow(description: String, pointer: String, value: String) throws {
        #expect(throws: TokenizerError.unsupported(file: "tokenizer.json", pointer: pointer, value: value)) {
            try Self.preTokenizer(description)
        }
        // Surface forms do without.
        let tokenizer = try Tokenizer(parsing: Self.file(description))
        #expect(throws: TokenizerError.self) { try BaseTokenizer(tokenizer) }
    }

    private static func preTokenizer(_ description: String) throws -> PreTokenizer? {
        try TokenizerReader(parsing: file(description), file: "tokenizer.json").preTokenizer()
    }

    private static func file(_ preTokenizer: String) -> [UInt8] {
        Array(#"{"pre_tokenizer":\#(preTokenizer),"model":{"type":"BPE","vocab":{},"merges":[]}}"#.utf8)
    }
}
