/// WordPiece: at each place the longest entry, with a prefix for those that do not begin the word.
///
/// `tokenize` gives what the `tokenizers` library's WordPiece model gives: a word that cannot be covered, or is too long, is the
/// unknown token as a whole.
public struct WordPiece: Sendable {
    let vocabulary: Vocabulary
    let unknownID: Int
    let continuingPrefix: [UInt8]
    /// Where entries with the prefix go on behind it; nil if there are none.
    private let continuingNode: VocabularyTrie.Node?
    private let maximumCharacters: Int

    init(vocabulary: Vocabulary, unknownID: Int, continuingPrefix: [UInt8], maximumCharacters: Int) {
        self.vocabulary = vocabulary
        self.unknownID = unknownID
        self.continuingPrefix = continuingPrefix
        continuingNode = vocabulary.trie.descend(continuingPrefix)
        self.maximumCharacters = maximumCharacters
    }

    func tokenize(_ text: [UInt8], continuesWord: Bool) -> [Int] {
        if UTF8Characters(text).prefix(maximumCharacters + 1).reduce(0, { count, _ in count + 1 }) > maximumCharacters {
            return [unknownID]
        }
        var ids: [Int] = []
        var start = 0
        while start < text.count {
            let node = start == 0 && !continuesWord ? VocabularyTrie.root : continuingNode
            guard let (id, end) = node.flatMap({ longestEntry(in: text, from: start, after: $0) }) else { return [unknownID] }
            ids.append(id)
            start = end
        }
        return ids
    }

    private func longestEntry(in text: [UInt8], from start: Int, after node: VocabularyTrie.Node) -> (id: Int, end: Int)? {
        var longest: (id: Int, end: Int)?
        vocabulary.trie.forEachEntry(in: text, from: start, after: node) { longest = ($0, $1) }
        return longest
    }
}
