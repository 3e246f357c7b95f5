/// A base model's tokenizer as the methods need it: from bytes to ids and back.
public struct BaseTokenizer: Sendable {
    public let tokenizer: Tokenizer
    public let listing: VocabularyListing
    private let wordSplitter: WordSplitter
    private let addedTokens: AddedTokenFinder
    private let idByBytes: [[UInt8]: Int]
    private let idBySpecialContent: [[UInt8]: Int]

    /// - Throws: `TokenizerError` if the form of the vocabulary cannot be told, ids collide, or the pre-tokenizer is not built.
    public init(_ tokenizer: Tokenizer) throws(TokenizerError) {
        self.tokenizer = tokenizer
        wordSplitter = try tokenizer.wordSplitter.get()
        listing = try VocabularyListing(
            vocabulary: tokenizer.model.vocabulary.entries, addedTokens: tokenizer.addedTokens,
            spelling: wordSplitter.spelling, file: tokenizer.file)
        addedTokens = AddedTokenFinder(tokenizer.addedTokens)
        var idByBytes: [[UInt8]: Int] = [:]
        var idBySpecialContent: [[UInt8]: Int] = [:]
        idByBytes.reserveCapacity(listing.entries.count)
        for (id, entry) in listing.entries.enumerated().reversed() {
            switch entry {
            case .token(let bytes):
                let isFallback = tokenizer.model.vocabulary.entry(id).map(wordSplitter.spelling.isFallback) ?? false
                if !isFallback || idByBytes[bytes] == nil { idByBytes[bytes] = id }
            case .special(let content): idBySpecialContent[content] = id
            case .hole: break
            }
        }
        self.idByBytes = idByBytes
        self.idBySpecialContent = idBySpecialContent
    }

    /// The lowest id of an entry, other than a special token, with exactly these bytes. An entry that the model never sees gives
    /// way to the one that it sees: a fallback `<0x61>` to `a`, and `##,` to `,`, as punctuation is a word of its own wherever it
    /// stands.
    public func id(of bytes: [UInt8]) -> Int? {
        if isWordOfItsOwn(bytes), let id = idByBytes[[space] + bytes] { return id }
        return idByBytes[bytes]
    }

    /// Whether a token without a leading space does not go on inside a word, though other such tokens do.
    private func isWordOfItsOwn(_ bytes: [UInt8]) -> Bool {
        guard !wordSplitter.spelling.continuingPrefix.isEmpty, !bytes.isEmpty, bytes.first != space,
            (try? UTF8Span(validating: bytes.span)) != nil
        else { return false }
        let words = wordSplitter.words(of: bytes, isStart: true)
        return words.count == 1 && !words[0].continuesWord
    }

    /// The bytes of every token that is not special, each with the id of the entry that the model sees of them.
    var canonicalIDs: [[UInt8]: Int] { idByBytes }

    /// The lowest id of a special token that is spelled so.
    public func specialID(of content: [UInt8]) -> Int? { idBySpecialContent[content] }

    /// The id of a token that the base has already: a special token that is spelled so, or an entry with its bytes.
    public func id(of token: TokenBytes) -> Int? {
        token.specialID == nil ? id(of: token.bytes) : specialID(of: token.bytes)
    }

    /// The bytes of an entry, or the content of a special token; nil for a hole.
    public func bytes(of id: Int) -> [UInt8]? {
        guard listing.entries.indices.contains(id) else { return nil }
        return switch listing.entries[id] {
        case .token(let bytes): bytes
        case .special(let content): content
        case .hole: nil
        }
    }

    /// The ids that the base model sees in place of a token: what the `tokenizers` library's `encode` gives, wherever that
    /// spells the token, else what the model alone gives. Nothing is normalised, and no special tokens are put around it.
    ///
    /// The bytes of the ids, joined, are the token's bytes. Where only the limits of words are marked (`##`, `</w>`), spaces
    /// are not compared: punctuation is a word of its own there, whether a space stands before it or not.
    ///
    /// - Parameter bytes: a leading space begins a word; without one the token goes on inside a word.
    /// - Returns: nil if the vocabulary cannot spell the token.
    public func pieces(of bytes: [UInt8]) -> [Int]? {
        if let ids = encode(bytes), spell(ids, bytes) { return ids }
        let begins = bytes.first == space
        let text = marksWords && begins ? Array(bytes.dropFirst()) : bytes
        let ids = tokenizer.model.tokenize(wordSplitter.spelling.alphabet.spell(text), continuesWord: marksWords && !begins)
        return spell(ids, bytes) ? ids : nil
    }

    /// The ids that the base model sees for a text: what the `tokenizers` library's `encode` gives without special tokens around
    /// it, with the unknown token for what the vocabulary cannot spell.
    ///
    /// Spaces beside an added token that takes them along (`lstrip`, `rstrip`) stay text, and a normaliser's steps that do
    /// nothing but remove or join spaces are left out.
    public func encode(text: String) -> [Int] {
        addedTokens.sections(of: Array(text.utf8), normalizer: tokenizer.normalizer).enumerated().flatMap { index, section in
            switch section {
            case .token(let id): [id]
            case .text(let text):
                wordSplitter.words(ofText: Array(text), startsText: index == 0).flatMap { tokenizer.model.tokenize($0) }
            }
        }
    }

    /// Added tokens, then words, then the model; nil for what is no text.
    private func encode(_ bytes: [UInt8]) -> [Int]? {
        guard (try? UTF8Span(validating: bytes.span)) != nil else { return nil }
        return addedTokens.sections(of: bytes).flatMap { section -> [Int] in
            switch section {
            case .token(let id): [id]
            case .text(let text):
                wordSplitter.words(of: Array(text), isStart: text.startIndex == 0).flatMap {
                    tokenizer.model.tokenize($0.text, continuesWord: $0.continuesWord)
                }
            }
        }
    }

    /// Whether the first word of a text is spelled like one behind a space (`▁word`, or `word` beside `##word`): then a token without a
    /// leading space stands inside words only. GPT-2's kind spells it without, as what goes on inside a word.
    public var marksFirstWord: Bool { wordSplitter.marksFirstWord }

    /// Whether a token's trailing space says that it ends a word (`</w>`), and nothing says that one begins a word.
    public var marksWordEnds: Bool { wordSplitter.spelling.continuingPrefix.isEmpty && !wordSplitter.spelling.wordSuffix.isEmpty }

    /// Whether words that differ in case only are the same to it: its normaliser lowers letters.
    public var ignoresCase: Bool { tokenizer.normalizer?.normalize("WORD") == "word" }

    private var marksWords: Bool { wordSplitter.spelling.marksWords }

    /// Whether the entries of `ids` are the token.
    private func spell(_ ids: [Int], _ token: [UInt8]) -> Bool {
        let spelled = ids.flatMap { bytes(of: $0) ?? [] }
        if ids.isEmpty { return false }
        return marksWords ? spelled.filter { $0 != space } == token.filter { $0 != space } : spelled == token
    }
}
