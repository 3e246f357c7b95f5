/// Cuts the bytes of a token into the words that a tokenizer's model is given, each spelled as the vocabulary spells.
struct WordSplitter: Sendable {
    let spelling: EntrySpelling
    let preTokenizer: PreTokenizer?
    /// Whether bytes or spaces are respelled before the pre-tokenizer, which then sees `▁` where the text has spaces.
    let spellsFirst: Bool
    /// Whether the normaliser puts a space before every text.
    let prependsSpace: Bool

    struct Word: Equatable {
        var text: [UInt8]
        /// Whether its first piece is one that goes on inside a word.
        var continuesWord: Bool
    }

    /// The words of a UTF-8 text.
    ///
    /// - Parameter isStart: whether the text is the start of a token, and so goes on inside a word unless it begins with a
    ///   space.
    func words(of text: [UInt8], isStart: Bool) -> [Word] {
        let isInsideWord = text.first != space
        guard isStart, isInsideWord, !spelling.continuingPrefix.isEmpty else {
            return cut(text, continuesWord: isInsideWord).map { Word(text: $0, continuesWord: false) }
        }
        // Whether the token goes on, or is cut off (as punctuation is), shows behind a letter.
        let letter = Array("x".utf8)
        var words = cut(letter + text, continuesWord: false).map { Word(text: $0, continuesWord: false) }
        guard let first = words.first, first.text.starts(with: letter) else { return [] }
        if first.text == letter {
            words.removeFirst()
        } else {
            words[0] = Word(text: Array(first.text.dropFirst(letter.count)), continuesWord: true)
        }
        return words
    }

    /// The words of a text that stands for itself, not for a token: it begins with a word whether there is a space or not.
    ///
    /// - Parameter startsText: false for what stands behind an added token.
    func words(ofText text: [UInt8], startsText: Bool) -> [[UInt8]] {
        cut(prependsSpace ? [space] + text : text, continuesWord: false, startsText: startsText)
    }

    /// Whether the first word of a text is spelled like one behind a space.
    var marksFirstWord: Bool {
        if prependsSpace || !spelling.continuingPrefix.isEmpty { return true }
        let letter = Array("x".utf8)
        return cut(letter, continuesWord: false) != cut(letter, continuesWord: true)
    }

    private func cut(_ text: [UInt8], continuesWord: Bool, startsText: Bool = true) -> [[UInt8]] {
        let text = spellsFirst ? spelling.alphabet.spell(text) : text
        return preTokenizer?.words(of: text, continuesWord: continuesWord, startsText: startsText) ?? [text]
    }
}
