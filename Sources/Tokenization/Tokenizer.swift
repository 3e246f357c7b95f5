import Foundation
import JSON

/// A token that stands beside the model's vocabulary in `added_tokens`.
public struct AddedToken: Sendable, Equatable {
    public var id: Int
    public var content: [UInt8]
    public var isSpecial: Bool
}

/// A `tokenizer.json` of the Hugging Face `tokenizers` library, as far as surface forms need it: the model, the normaliser and
/// the added tokens. The pre-tokeniser and the post-processor are not read: a new token is one word already.
public struct Tokenizer: Sendable {
    public let model: TokenModel
    /// What text goes through before the model, or nil.
    public let normalizer: Normalizer?
    public let addedTokens: [AddedToken]
    private let idBySpecialToken: [[UInt8]: Int]
    private let addedTokenByID: [Int: [UInt8]]

    /// Reads a tokenizer.json.
    ///
    /// - Throws: `TokenizerError` with the file's path.
    public init(contentsOf path: String) throws(TokenizerError) {
        let bytes: [UInt8]
        do {
            bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe))
        } catch {
            throw .unreadable(file: path, reason: (error as NSError).localizedDescription)
        }
        try self.init(parsing: bytes, file: path)
    }

    /// Parses a tokenizer.json in memory; `file` is its name in errors.
    public init(parsing bytes: [UInt8], file: String = "tokenizer.json") throws(TokenizerError) {
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: bytes).root
        } catch {
            throw .malformed(file: file, reason: "\(error)")
        }
        let reader = TokenizerReader(root: root, file: file)
        model = try reader.model()
        normalizer = try reader.normalizer()
        addedTokens = try reader.addedTokens()
        idBySpecialToken = Dictionary(
            addedTokens.filter(\.isSpecial).map { ($0.content, $0.id) }, uniquingKeysWith: { first, _ in first })
        addedTokenByID = Dictionary(addedTokens.map { ($0.id, $0.content) }, uniquingKeysWith: { first, _ in first })
    }

    /// The id of a special token, spelled exactly.
    public func specialTokenID(_ content: [UInt8]) -> Int? { idBySpecialToken[content] }

    /// The spelling of an id: an added token's content or the vocabulary's entry; nil where the ids have a hole.
    public func piece(_ id: Int) -> [UInt8]? { addedTokenByID[id] ?? model.vocabulary.entry(id) }

    /// One more than the highest id, added tokens included.
    public var vocabularySize: Int {
        max(model.vocabulary.entries.count, (addedTokens.map(\.id).max() ?? -1) + 1)
    }
}
