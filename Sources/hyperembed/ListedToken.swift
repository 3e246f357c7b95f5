import JSON
import Tensors
import Tokenization

/// A new token that a file lists.
struct ListedToken {
    let token: String
    let form: TokenForm
    let language: String?
    /// The token as plain text; a leading space begins a word.
    let text: String

    init(_ token: String, form: TokenForm, language: String?) throws {
        guard let text = try form.text(of: token) else {
            throw TokenFileProblem("the token's bytes are no text, and only text can be added")
        }
        self.token = token
        self.form = form
        self.language = language
        self.text = text
    }

    /// The tokens of a file: one a line, or, if it is called `.jsonl`, a string or `{"token", "form", "language"}` a line. A
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
                    tokens.append(try ListedToken(json: bytes, form: form, language: language))
                } else {
                    guard let token = String(validating: bytes, as: UTF8.self) else {
                        throw TokenFileProblem("the line is not UTF-8")
                    }
                    tokens.append(try ListedToken(token, form: form, language: language))
                }
            } catch {
                throw TokenFileError(file: path, line: index + 1, problem: "\(error)")
            }
        }
        return tokens
    }

    private init(json: [UInt8], form: TokenForm, language: String?) throws {
        let value = try JSONDocument(parsing: json).root
        guard let token = value.string ?? value["token"]?.string else {
            throw TokenFileProblem("the line is neither a string nor an object with a token")
        }
        var ownForm = form
        if let name = value["form"] {
            guard let known = name.string.flatMap(TokenForm.init) else {
                let forms = TokenForm.allCases.map(\.rawValue).joined(separator: ", ")
                throw TokenFileProblem("unknown form \(name.sourceText); known are \(forms)")
            }
            ownForm = known
        }
        try self.init(token, form: ownForm, language: value["language"]?.string ?? language)
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
