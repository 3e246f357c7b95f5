import EmbeddingAPI
import Foundation
import HTTPServer
import Tensors
import Tokenization

/// The new tokens that a file lists: one a line, or, if it is called `.jsonl`, a string or an object a line, as in the
/// service's requests. A carriage return at a line's end is no part of it, nor is a byte order mark at the beginning, and empty
/// lines are passed over.
struct TokenFile {
    let path: String
    private(set) var tokens: [TokenProposal] = []
    /// The line of each token, counted from 1.
    private var lines: [Int] = []

    /// - Parameters:
    ///   - path: "-" for standard input.
    ///   - form: of tokens that name none; likewise `language`.
    /// - Throws: `TokenFileError` naming the line; `TensorFileError.unreadable`.
    init(path: String, form: TokenForm, language: String?) throws {
        self.path = path
        let isJSON = path.hasSuffix(".jsonl")
        let bytes = try Self.bytes(of: path)
        let mark = Array("\u{FEFF}".utf8)
        let text = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let bytes = Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
            if bytes.isEmpty { continue }
            do {
                tokens.append(
                    isJSON
                        ? try TokenProposal(json: bytes, form: form, language: language)
                        : TokenProposal(.token(try Self.text(bytes), form), language: language))
            } catch {
                throw TokenFileError(file: path, line: index + 1, error)
            }
            self.lines.append(index + 1)
        }
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        if path == "-" { return try Array(FileHandle.standardInput.readToEnd() ?? Data()) }
        let file = try MappedFile(path: path)
        return file.bytes(in: 0..<file.count)
    }

    private static func text(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw TokenFileProblem("the line is not UTF-8") }
        return text
    }

    /// What went wrong with a token, told of its line.
    func error(_ error: any Error, at token: Int) -> TokenFileError { TokenFileError(file: path, line: lines[token], error) }

    /// A problem of a request with these tokens, told of the line of the first token that it names; the problem itself if it
    /// names none.
    func error(_ problem: Problem) -> any Error {
        for (pointer, detail) in problem.errors {
            let parts = pointer.split(separator: "/")
            guard parts.count > 1, parts[0] == "tokens", let token = Int(parts[1]), lines.indices.contains(token) else {
                continue
            }
            return error(TokenFileProblem(detail), at: token)
        }
        return problem
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

    fileprivate init(file: String, line: Int, _ error: any Error) {
        self.file = file
        self.line = line
        problem = (error as? Problem)?.detail ?? "\(error)"
    }

    var description: String { "\(file == "-" ? "standard input" : file), line \(line): \(problem)" }
}
