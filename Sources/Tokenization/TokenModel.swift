/// The model of a tokenizer: what splits a string into vocabulary entries, without normaliser, pre-tokeniser or post-processor.
public enum TokenModel: Sendable {
    case bpe(BPE)
    case unigram(Unigram)
    case wordPiece(WordPiece)

    /// The ids of a UTF-8 text, equal to the `tokenizers` library's `model.tokenize`.
    ///
    /// - Parameter continuesWord: whether the text goes on inside a word, so that its first entry too is one that does.
    public func tokenize(_ text: [UInt8], continuesWord: Bool = false) -> [Int] {
        switch self {
        case .bpe(let model): model.tokenize(text, continuesWord: continuesWord)
        case .unigram(let model): model.tokenize(text)
        case .wordPiece(let model): model.tokenize(text, continuesWord: continuesWord)
        }
    }

    /// The id that stands for what the vocabulary cannot spell, if the model has one.
    public var unknownID: Int? {
        switch self {
        case .bpe(let model): model.unknownID
        case .unigram(let model): model.unknownID
        case .wordPiece(let model): model.unknownID
        }
    }

    var vocabulary: Vocabulary {
        switch self {
        case .bpe(let model): model.vocabulary
        case .unigram(let model): model.vocabulary
        case .wordPiece(let model): model.vocabulary
        }
    }
}
