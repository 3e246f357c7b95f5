import HTTPServer

/// Bounds on what requests may hold.
public struct RequestLimits: Sendable {
    /// Of one request for tokens; with methods to compare, of all their rows.
    public var maximumTokens = 32_768
    /// Of a request that wants diagnostics, for which every token is compared with all rows of the base.
    public var maximumDiagnosedTokens = 1_024
    /// Of a request that wants a picture: with more nobody could tell one token from the other.
    public var maximumMappedTokens = EmbeddingMap.maximumTokens
    /// UTF-8 bytes of one token.
    public var maximumTokenBytes = 4_096
    /// Rows that one token names.
    public var maximumSources = 1_024
    /// Words that one token names; a model may read fewer.
    public var maximumWords = 1_024
    /// Pieces of all tokens of a request.
    public var maximumPieces = 1 << 20
    /// Merge rules of a request for tokens.
    public var maximumMerges = 100_000
    /// Ids of a whole vocabulary, and its merge rules.
    public var maximumVocabulary = 1 << 20
    /// Ids of all vocabularies that are under way.
    public var maximumVocabularies = 1 << 22

    public init() {}

    func tooManyTokens(_ count: Int, limit: Int, _ what: String = "tokens", pointer: String) -> Problem {
        let detail = "\(count) \(what), one request may hold \(limit)"
        return Problem(
            status: .contentTooLarge, code: "too_many_tokens", title: "Too many tokens", detail: detail,
            errors: [(pointer, detail)])
    }
}
