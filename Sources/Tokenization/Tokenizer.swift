import Foundation
import JSON

/// A `tokenizer.json` of the Hugging Face `tokenizers` library: the model, the normaliser, the added tokens and the
/// pre-tokenizer. The post-processor is not read: it only puts special tokens around a text.
public struct Tokenizer: Sendable {
    public let model: TokenModel
    /// What text goes through before the model, or nil.
    public let normalizer: Normalizer?
    public let addedTokens: [AddedToken]
    /// Its name in errors.
    let file: String
    /// Surface forms do without, so a file that has no splitter that could be built is none the worse for them.
    let wordSplitter: Result<WordSplitter, TokenizerError>
    private let idBySpecialToken: [[UInt8]: Int]
    private let addedTokenByID: [Int: [UInt8]]

    /// Reads a tokenizer.json.
    ///
    /// - Parameter form: how its entries are spelled; nil to tell it from the file's parts, when a `BaseTokenizer` asks.
    /// - Throws: `TokenizerError` with the file's path.
    public init(contentsOf path: String, form: TokenForm? = nil) throws(TokenizerError) {
        let bytes: [UInt8]
        do {
            bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe))
        } catch {
            throw .unreadable(file: path, reason: (error as NSError).localizedDescription)
        }
        try self.init(parsing: bytes, file: path, form: form)
    }

    /// Parses a tokenizer.json in memory; `file` is its name in errors.
    public init(
        parsing bytes: [UInt8], file: String = "tokenizer.json", form: TokenForm? = nil
    ) throws(TokenizerError) {
        let reader = try TokenizerReader(parsing: bytes, file: file)
        model = try reader.model()
        normalizer = try reader.normalizer()
        addedTokens = try reader.addedTokens()
        wordSplitter = Result { () throws(TokenizerError) in try reader.wordSplitter(form) }
        self.file = file
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
