import EmbeddingAPI
import Tokenization

/// A new token that a file lists, and that has text.
struct ListedToken {
    let proposal: TokenProposal
    /// The token as plain text; a leading space begins a word.
    let text: String

    private init(_ proposal: TokenProposal) throws {
        guard case .token(let token, let form) = proposal.spelling else {
            throw TokenFileProblem("source ids have no text, and only text can be added")
        }
        guard let text = try form.text(of: token) else {
            throw TokenFileProblem("the token's bytes are no text, and only text can be added")
        }
        self.proposal = proposal
        self.text = text
    }

    /// The tokens of a file.
    ///
    /// - Parameter form: of tokens that name none; likewise `language`.
    /// - Throws: what `TokenFile` throws, also for a token without text.
    static func list(in path: String, form: TokenForm, language: String?) throws -> [ListedToken] {
        let file = try TokenFile(path: path, form: form, language: language)
        return try file.tokens.enumerated().map { index, proposal in
            do {
                return try ListedToken(proposal)
            } catch {
                throw file.error(error, at: index)
            }
        }
    }
}
