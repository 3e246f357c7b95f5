/// How the caller spelled a token (specs/zett.md, "Surface forms").
public enum TokenForm: String, Sendable, CaseIterable {
    /// Plain text; a leading space begins a word. It passes the base tokenizer's normaliser first.
    case text
    /// A vocabulary entry in GPT-2's printable alphabet: `Ġ` is a space.
    case byteLevel = "byte_level"
    /// A SentencePiece entry: `▁` is a space, `<0xNN>` a byte.
    case sentencePiece = "sentencepiece"
    /// A WordPiece entry: `##` continues a word, anything else begins one.
    case wordPiece = "wordpiece"
    /// Base64 of the token's bytes.
    case bytes
}
