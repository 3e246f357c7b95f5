import JSON
import Tokenization

/// New tokens in the form of added words, which a tokenizer of the `tokenizers` library finds in a text before its model sees
/// the rest.
///
/// How a token is written down decides where it is found and what it decodes to:
/// - A vocabulary of words (BERT) knows no spaces: they are dropped before its model and put back by its decoder. " word"
///   becomes the content "word" that is found only as a whole word (`single_word`), for else it would cut up longer words that
///   the base knows.
/// - Every other vocabulary keeps the space in the token, so " word" stays " word": decoded, it brings its space along. It
///   cannot be `single_word`, because the library looks at the character before the match, which is then the end of another
///   word.
/// - A token without a leading space is found anywhere, as the library's own `add_tokens` has it.
/// - `normalized` lets a token be found in normalised text, " Blockchain" by an uncased tokenizer for one. Where the normaliser
///   puts a `▁` before the text or strips it, it would do so to the token too and hide it: there the raw text is searched.
/// - `lstrip` and `rstrip` are never set: they swallow spaces that no decoder brings back.
public struct AddedWords: Sendable {
    public struct Word: Sendable, Equatable {
        /// Which of the given texts it is.
        public var index: Int
        public var text: String
        public var id: Int
        /// What the library searches for.
        var content: String
        var isSingleWord: Bool
        var isNormalized: Bool
    }

    /// A token that is not added.
    public enum Skipped: Sendable, Equatable {
        /// The base's vocabulary has it.
        case inBase(text: String, id: Int)
        /// It is found at the same places as one before.
        case duplicate(text: String, of: String)
        /// The base's vocabulary has an entry of that spelling that means something else (a byte, a word where the token
        /// continues one), and the library would take the one for the other.
        case taken(text: String, id: Int)
    }

    /// In the order they were given, with successive ids.
    public let words: [Word]
    public let skipped: [Skipped]
    /// The id of the first word, or of the next one if there are none.
    public let firstID: Int

    /// - Parameter texts: the tokens; a leading space begins a word.
    /// - Throws: `ModelFolderError.emptyToken`, `.vocabularyHasHoles` or `.vocabularyExceedsMatrix`.
    public init(_ texts: [String], for folder: ModelFolder) throws(ModelFolderError) {
        let tokenizer = folder.tokenizer
        firstID = try Self.nextID(tokenizer, rows: folder.matrices.rows)
        let form = Self.vocabularyForm(folder.tokenizerDocument.root)
        let isWordVocabulary = form == .wordPiece
        let isNormalized = !Self.normalizerTouchesEdges(folder.tokenizerDocument.root["normalizer"])
        func normalize(_ text: String) -> String { tokenizer.normalizer?.normalize(text) ?? text }
        // By bytes: as strings, two normalisation forms of one text are equal.
        func pattern(_ content: String) -> [UInt8] { Array((isNormalized ? normalize(content) : content).utf8) }

        let idByPattern = Dictionary(
            tokenizer.addedTokens.map { (pattern(String(decoding: $0.content, as: UTF8.self)), $0.id) },
            uniquingKeysWith: { first, _ in first })
        var words: [Word] = []
        var skipped: [Skipped] = []
        var textByPattern: [[UInt8]: String] = [:]
        for (index, text) in texts.enumerated() {
            let beginsWord = text.utf8.first == UInt8(ascii: " ")
            let content = isWordVocabulary && beginsWord ? String(decoding: text.utf8.dropFirst(), as: UTF8.self) : text
            let pattern = pattern(content)
            guard !content.isEmpty, !pattern.isEmpty else { throw .emptyToken(index: index) }
            if let id = idByPattern[pattern] ?? tokenizer.entryID(ofText: normalize(text), form: form)
                ?? tokenizer.entryID(ofText: text, form: form)
            {
                skipped.append(.inBase(text: text, id: id))
            } else if let id = tokenizer.entryID(of: Array(content.utf8)) {
                skipped.append(.taken(text: text, id: id))
            } else if let first = textByPattern[pattern] {
                skipped.append(.duplicate(text: text, of: first))
            } else {
                textByPattern[pattern] = text
                words.append(
                    Word(
                        index: index, text: text, id: firstID + words.count, content: content,
                        isSingleWord: isWordVocabulary && beginsWord, isNormalized: isNormalized))
            }
        }
        self.words = words
        self.skipped = skipped
    }

    /// The id that the library gives to the next added token, whatever its file says.
    private static func nextID(_ tokenizer: Tokenizer, rows: Int) throws(ModelFolderError) -> Int {
        let entries = tokenizer.entryCount
        let next = max(entries, (tokenizer.addedTokens.map(\.id).max() ?? -1) + 1)
        guard next >= tokenizer.vocabularySize else {
            throw .vocabularyHasHoles(entries: entries, ids: tokenizer.vocabularySize)
        }
        guard next <= rows else { throw .vocabularyExceedsMatrix(ids: next, rows: rows) }
        return next
    }

    /// By what turns pieces back into text; a vocabulary of words and `##` continuations is told by its model too.
    private static func vocabularyForm(_ tokenizer: JSONValue) -> TokenForm {
        func types(_ step: JSONValue) -> [String] {
            let inner = [step["decoders"], step["pretokenizers"]].compactMap { $0 }.flatMap { $0.elements.flatMap(types) }
            return [step["type"]?.string].compactMap { $0 } + inner
        }
        let steps = [tokenizer["decoder"], tokenizer["pre_tokenizer"]].compactMap { $0 }.flatMap(types)
        if steps.contains("ByteLevel") { return .byteLevel }
        return steps.contains("WordPiece") || tokenizer["model"]?["type"]?.string == "WordPiece" ? .wordPiece : .sentencePiece
    }

    private static func normalizerTouchesEdges(_ normalizer: JSONValue?) -> Bool {
        guard let normalizer else { return false }
        if let steps = normalizer["normalizers"] { return steps.elements.contains(where: normalizerTouchesEdges) }
        switch normalizer["type"]?.string {
        case "Prepend": return true
        case "Strip": return normalizer["strip_left"]?.boolean ?? true
        default: return false
        }
    }
}

extension AddedWords.Skipped: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inBase(let text, let id): "\"\(text)\" is in the base already, as id \(id)"
        case .duplicate(let text, let first): "\"\(text)\" is found where \"\(first)\" is"
        case .taken(let text, let id): "\"\(text)\" is how the base spells id \(id), which is something else"
        }
    }
}

extension AddedWords.Word {
    /// The members that tokenizer.json and tokenizer_config.json have in common.
    func write(to writer: inout JSONWriter) {
        writer.member("content", content)
        for (flag, value) in [
            ("single_word", isSingleWord), ("lstrip", false), ("rstrip", false), ("normalized", isNormalized), ("special", false),
        ] {
            writer.key(flag)
            writer.boolean(value)
        }
    }
}
