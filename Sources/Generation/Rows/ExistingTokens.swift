import Tokenization

/// What becomes of new tokens that the base has already (specs/hyperofa.md, "Initialisation order", step 1).
public enum ExistingTokens: String, Sendable, CaseIterable {
    /// They are treated as if they were new.
    case generate
    /// They keep their rows.
    case copy
    /// They keep their rows, and a token that the base has in other cases only gets the row of that.
    case copyIgnoringCase = "copy_ignoring_case"
}

extension EmbeddingModel {
    /// The row of the base that a token is to have; nil for one that is to be made.
    public func copy(of token: TokenBytes, _ existing: ExistingTokens) -> PlannedRow? {
        guard existing != .generate else { return nil }
        if let id = baseTokenizer.id(of: token) { return .copy(id) }
        guard existing == .copyIgnoringCase, token.specialID == nil else { return nil }
        return tokensIgnoringCase.id(of: token.bytes).map { .copy($0, differsInCase: true) }
    }
}
