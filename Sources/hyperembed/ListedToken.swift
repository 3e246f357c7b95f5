import EmbeddingAPI
import HTTPServer
import Tensors
import Tokenization

/// A new token that a file lists.
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

    /// The tokens of a file: one a line, or, if it is called `.jsonl`, a string or an object a line, as in the service's requests. A
    /// carriage return at a line's end is no part of it, and empty lines are passed over.
    ///
    /// - Parameter form: of tokens that name none; likewise `language`.
    /// - Throws: `TokenFileError` naming the line; `TensorFileError.unreadable`.
    static func list(in path: String, form: TokenForm, language: String?) throws -> [ListedToken] {
        let file = try MappedFile(path: path)
        let lines = file.bytes(in: 0..<file.count).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let isJSON = path.hasSuffix(".jsonl")
        var tokens: [ListedToken] = []
        for (index, line) in lines.enumerated() {
            let bytes = Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
            if bytes.isEmpty { continue }
            do {
                if isJSON {
                    tokens.append(try ListedToken(TokenProposal(json: bytes, form: form, language: language)))
                } else {
                    guard let token = String(validating: bytes, as: UTF8.self) else {
                        throw TokenFileProblem("the line is not UTF-8")
                    }
                    tokens.append(try ListedToken(TokenProposal(.token(token, form), language: language)))
                }
            } catch {
                throw TokenFileError(file: path, line: index + 1, problem: (error as? Problem)?.detail ?? "\(error)")
            }
        }
        return tokens
    }
}

/// Why a line is no token.
struct TokenFileProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Which line of a file is no token, and why.
struct TokenFileError: Error, CustomStringConvertible {
    let file: String
    let line: Int
    let problem: String

    var description: String { "\(file), line \(line): \(problem)" }
}
