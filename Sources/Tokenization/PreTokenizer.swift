/// What cuts a text into words before the model of a tokenizer sees it.
indirect enum PreTokenizer: Sendable {
    case sequence([PreTokenizer])
    case split(Delimiter, DelimiterTreatment)
    /// Bytes spelled in GPT-2's alphabet, after a cut into the matches of an expression if there is one.
    case byteLevel(addsPrefixSpace: Bool, words: RegularExpression?)
    /// SentencePiece's `▁` for spaces, after which each `▁` begins a word if `splits`.
    case metaspace(PrependScheme, splits: Bool)

    /// Which words get a `▁` that have none.
    enum PrependScheme: String {
        case always
        /// The word at the start of the text.
        case first
        case never
    }

    private struct Word {
        var text: [UInt8]
        /// Whether nothing of the text stands before it, not even something that was removed.
        var startsText: Bool
    }

    /// The words of a UTF-8 text.
    ///
    /// - Parameters:
    ///   - continuesWord: whether the text goes on where a word was cut, so that its start must not be given a space.
    ///   - startsText: false for what stands behind an added token.
    func words(of text: [UInt8], continuesWord: Bool, startsText: Bool = true) -> [[UInt8]] {
        text.isEmpty ? [] : words(of: Word(text: text, startsText: startsText), continuesWord).map(\.text)
    }

    private func words(of word: Word, _ continuesWord: Bool) -> [Word] {
        switch self {
        case .sequence(let steps):
            return steps.reduce([word]) { words, step in words.flatMap { step.words(of: $0, continuesWord) } }
        case .split(let delimiter, let treatment):
            return Self.cut(word, delimiter, treatment)
        case .byteLevel(let addsPrefixSpace, let expression):
            var word = word
            if addsPrefixSpace, word.text.first != space, !(continuesWord && word.startsText) { word.text.insert(space, at: 0) }
            let words = expression.map { Self.cut(word, Delimiter(.expression($0)), .isolated) } ?? [word]
            return words.map { Word(text: ByteLevelAlphabet.spell($0.text), startsText: $0.startsText) }
        case .metaspace(let scheme, let splits):
            var word = word
            word.text = EntrySpelling.Alphabet.sentencePiece.spell(word.text)
            let prepends = scheme == .always || (scheme == .first && word.startsText)
            if prepends, !word.text.starts(with: lowerBlock), !(continuesWord && word.startsText) {
                word.text.insert(contentsOf: lowerBlock, at: 0)
            }
            return splits ? Self.cut(word, Delimiter(.literal(lowerBlock)), .mergedWithNext) : [word]
        }
    }

    private static func cut(_ word: Word, _ delimiter: Delimiter, _ treatment: DelimiterTreatment) -> [Word] {
        treatment.pieces(delimiter.segments(of: word.text)).filter { !$0.isEmpty }.map {
            Word(text: Array(word.text[$0]), startsText: word.startsText && $0.lowerBound == 0)
        }
    }

    /// Whether a step writes bytes or spaces as the vocabulary does.
    var spells: Bool {
        switch self {
        case .sequence(let steps): steps.contains(where: \.spells)
        case .split: false
        case .byteLevel, .metaspace: true
        }
    }
}
