import Tensors
import Tokenization

/// From a proposed token to the words that it stands in, which HyperOFA's hypernetwork reads in its place (specs/hyperofa.md,
/// "From a new token to word ids").
///
/// A word is tokenised in four forms, `word`, ` word`, `Word` and ` Word`, and owns the tokens that come out. For a token that
/// is proposed alone there is no tokenizer yet that holds it, so a word counts if one of its forms has the token's bytes where
/// a tokenizer of the base's kind could cut them out:
///
/// - With a leading space (`▁`, `Ġ`, or no `##`): at the beginning of the word.
/// - Without one: inside the word. Also at its beginning, if the base spells a text's first word unlike one behind a space, as
///   GPT-2 does; not with WordPiece, or a SentencePiece that puts a space before every text.
/// - With a trailing space, where the base marks ends of words (`</w>`): at the end of the word; without one, not at its end.
///
/// Case counts, but for the word's first character, which is itself or its title case; for a base that lowers all letters the token
/// is also found in upper case and with its first letter so, not in a mixture of cases. The word is the key, and in a
/// multilingual table the key without its language and without `$` at its edges. Bytes are compared: a token may be a part of a
/// character. (A part of a word's first character is compared with the word as it is alone.) Whether the base's pre-tokenizer
/// cuts a word in two is not looked at: `clock` behind the apostrophe of `o'clock` counts as inside.
public struct WordContexts: Sendable {
    public let vectors: WordVectors
    /// How many words a context has at most: `max_context_size`.
    public let maximumSize: Int
    private let placeWithoutSpace: WordPattern.Place
    private let marksWordEnds: Bool
    private let ignoresCase: Bool

    /// As the authors of HyperOFA have it.
    public static let defaultMaximumSize = 256

    public init(_ vectors: WordVectors, base: BaseTokenizer, maximumSize: Int = Self.defaultMaximumSize) {
        self.vectors = vectors
        self.maximumSize = maximumSize
        placeWithoutSpace = base.marksFirstWord ? .inside : .anywhere
        marksWordEnds = base.marksWordEnds
        ignoresCase = base.ignoresCase
    }

    /// Words that a token stands in.
    public struct Context: Sendable, Equatable {
        /// In ascending order.
        public var ids: [Int] = []
        /// Whether it stands in further ones.
        public var isTruncated = false
    }

    /// The ids of the first words that the token stands in, in ascending order; none for a special token, or one of spaces
    /// alone.
    public func wordIDs(of token: TokenBytes) -> [Int] { context(of: token).ids }

    /// The same, and whether these are all.
    public func context(of token: TokenBytes) -> Context {
        guard token.specialID == nil else { return Context() }
        var bytes = token.bytes[...]
        let begins = bytes.first == space
        if begins { bytes = bytes.dropFirst() }
        var end = WordPattern.End.anywhere
        if marksWordEnds {
            end = bytes.last == space ? .atEnd : .beforeEnd
            if end == .atEnd { bytes = bytes.dropLast() }
        }
        guard !bytes.isEmpty else { return Context() }
        let place = begins ? .beginning : placeWithoutSpace
        var patterns = (ignoresCase ? Self.caseVariants(of: bytes) : [Array(bytes)]).map { WordPattern($0, at: place, end: end) }
        if place != .inside {
            patterns += TitleCase.uncapitalized(bytes).map { WordPattern($0, at: .beginning, end: end) }
        }
        let ids = vectors.words(matching: patterns, limit: maximumSize + 1)
        return Context(ids: Array(ids.prefix(maximumSize)), isTruncated: ids.count > maximumSize)
    }

    /// The bytes as they are, and if they are text, in upper case and with the first character in title case.
    private static func caseVariants(of bytes: ArraySlice<UInt8>) -> Set<[UInt8]> {
        var variants: Set<[UInt8]> = [Array(bytes)]
        if let text = String(validating: bytes, as: UTF8.self), let first = text.unicodeScalars.first {
            let rest = text.unicodeScalars.dropFirst()
            variants.insert(Array(text.uppercased().utf8))
            variants.insert(Array((first.properties.titlecaseMapping + String(String.UnicodeScalarView(rest))).utf8))
        }
        return variants
    }

    /// Words that a caller names in the place of a token's own, or ids of words.
    ///
    /// - Throws: `WordContextError.unknownWord` or `.unknownID` for the first that the table does not have, `.tooMany`.
    public func ids(of words: [String]) throws(WordContextError) -> [Int] {
        guard words.count <= maximumSize else { throw .tooMany(words.count, limit: maximumSize) }
        var ids: [Int] = []
        for (index, word) in words.enumerated() {
            guard let id = vectors.id(of: word) else { throw .unknownWord(word, index: index) }
            ids.append(id)
        }
        return ids
    }

    /// The same ids, if they are the table's.
    public func checked(_ ids: [Int]) throws(WordContextError) -> [Int] {
        guard ids.count <= maximumSize else { throw .tooMany(ids.count, limit: maximumSize) }
        for (index, id) in ids.enumerated() where !(0..<vectors.count).contains(id) {
            throw .unknownID(id, index: index, count: vectors.count)
        }
        return ids
    }
}

/// What is wrong with the words that a caller names for a token.
public enum WordContextError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownWord(String, index: Int)
    case unknownID(Int, index: Int, count: Int)
    case tooMany(Int, limit: Int)

    /// Which of the words is wrong; nil if it is their number.
    public var index: Int? {
        switch self {
        case .unknownWord(_, let index), .unknownID(_, let index, _): index
        case .tooMany: nil
        }
    }

    public var description: String {
        switch self {
        case .unknownWord(let word, _): "the table of word vectors has no word \"\(word)\""
        case .unknownID(let id, _, let count): "word id \(id) is not one of 0 to \(count - 1)"
        case .tooMany(let count, let limit): "\(count) words; a token has \(limit) at most"
        }
    }
}

private let space = UInt8(ascii: " ")
