/// Reads new tokens as callers spell them (specs/zett.md, "Surface forms").
public struct TokenReader: Sendable {
    private let normalizer: Normalizer?
    private let specialTokens: Tokenizer

    /// - Parameters:
    ///   - base: the base model's tokenizer, for its normaliser.
    ///   - specialTokens: the tokenizer whose special tokens stand for themselves.
    public init(base: Tokenizer, specialTokens: Tokenizer) {
        normalizer = base.normalizer
        self.specialTokens = specialTokens
    }

    /// The bytes of a token that is spelled in `form`. Text passes the base tokenizer's normaliser; a special token, spelled exactly,
    /// is taken as it is.
    ///
    /// - Throws: `SurfaceFormError`.
    public func read(_ token: String, form: TokenForm) throws(SurfaceFormError) -> TokenBytes {
        guard !token.isEmpty else { throw .empty }
        let spelled = Array(token.utf8)
        if form != .bytes, let id = specialTokens.specialTokenID(spelled) { return TokenBytes(spelled, specialID: id) }
        if form == .text { return try readText(token) }
        let bytes = try EntrySpelling(form).bytes(of: spelled)
        guard !bytes.isEmpty else { throw .empty }
        return TokenBytes(bytes)
    }

    private func readText(_ text: String) throws(SurfaceFormError) -> TokenBytes {
        let normalized = Array((normalizer?.normalize(text) ?? text).utf8)
        guard !normalized.isEmpty else { throw .emptyAfterNormalization }
        // By bytes: as strings, two normalisation forms of one text are equal.
        return TokenBytes(normalized, isNormalized: !normalized.elementsEqual(text.utf8))
    }
}
