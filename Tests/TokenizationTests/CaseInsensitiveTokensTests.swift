import Testing

@testable import Tokenization

/// What is the same in lower case is by Python's `str.lower`, one character at a time.
@Suite struct CaseInsensitiveTokensTests {
    private func tokens(_ entries: [String], special: [String] = []) throws -> CaseInsensitiveTokens {
        let vocabulary = (special + entries).enumerated().map { #""\#($1)": \#($0)"# }.joined(separator: ",")
        let added = special.enumerated().map { #"{"id": \#($0), "content": "\#($1)", "special": true}"# }.joined(separator: ",")
        let text = #"""
            {"added_tokens": [\#(added)], "decoder": {"type": "Metaspace", "replacement": "▁"},
             "model": {"type": "BPE", "merges": [], "byte_fallback": true, "vocab": {\#(vocabulary)}}}
            """#
        return CaseInsensitiveTokens(try BaseTokenizer(Tokenizer(parsing: Array(text.utf8))))
    }

    private func id(_ text: String, _ tokens: CaseInsensitiveTokens) -> Int? { tokens.id(of: Array(text.utf8)) }

    @Test func findsTheLowestIDThatIsNoSpecialToken() throws {
        let tokens = try tokens(["WORD", "word", "▁Word", "▁word", "wor", "d"], special: ["woRD", "<S>"])
        #expect(id("Word", tokens) == 2 && id("word", tokens) == 2)
        #expect(id(" WORD", tokens) == 4)
        #expect(id("D", tokens) == 7 && id("WO", tokens) == nil && id("  word", tokens) == nil && id("word ", tokens) == nil)
        #expect(id("<s>", tokens) == nil && id("", tokens) == nil)
    }

    @Test(arguments: [
        ("ÉCOLE", "école"), ("ΟΔΟΣ", "οδοσ"), ("\u{1E9E}", "ß"), ("\u{0130}", "i\u{0307}"), ("\u{01C5}", "\u{01C6}"), ("Ⅷ", "ⅷ"),
        ("Ａ", "ａ"), ("ЁЖ", "ёж"), ("𐐀", "𐐨"), ("\u{212B}", "\u{E5}"),
    ])
    func lowerCaseIsUnicodes(upper: String, lower: String) throws {
        #expect(try id(upper, tokens(["x", lower])) == 1)
        #expect(try id(lower, tokens(["x", upper])) == 1)
    }

    /// Other differences are none of case: accents, normal forms, full case folding.
    @Test(arguments: [
        ("ecole", "école"), ("\u{E9}", "e\u{0301}"), ("SS", "ß"), ("\u{0131}", "i"), ("ς", "σ"), ("K", "k\u{0301}"),
    ])
    func nothingElseIsTheSame(token: String, entry: String) throws {
        #expect(try id(token, tokens([entry])) == nil)
        #expect(try id(entry, tokens([token])) == nil)
    }

    /// Parts of characters have no case, and a fallback to bytes gives way to what the model sees.
    @Test func bytesAreNoText() throws {
        let tokens = try tokens(["<0xC3>", "b", "a", "<0x89>"])
        #expect(tokens.id(of: [0xC3]) == nil && tokens.id(of: [0x89]) == nil)
        #expect(id("A", tokens) == 2)
    }
}
