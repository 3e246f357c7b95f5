/// The model of a tokenizer: what splits a string into vocabulary entries, without normaliser, pre-tokeniser or post-processor.
public enum TokenModel: Sendable {
    case bpe(BPE)
    case unigram(Unigram)
    case wordPiece(WordPiece)

    /// The ids of a UTF-8 text, equal to the `tokenizers` library's `model.tokenize`.
    public func tokenize(_ text: [UInt8]) -> [Int] {
        switch self {
        case .bpe(let model): model.tokenize(text)
        case .unigram(let model): model.tokenize(text)
        case .wordPiece(let model): model.tokenize(text)
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
