/// WordPiece: at each place the longest entry, with a prefix for those that do not begin the word.
///
/// `tokenize` gives what the `tokenizers` library's WordPiece model gives: a word that cannot be covered, or is too long, is the
/// unknown token as a whole.
public struct WordPiece: Sendable {
    let vocabulary: Vocabulary
    let unknownID: Int
    let continuingPrefix: [UInt8]
    private let maximumCharacters: Int

    init(vocabulary: Vocabulary, unknownID: Int, continuingPrefix: [UInt8], maximumCharacters: Int) {
        self.vocabulary = vocabulary
        self.unknownID = unknownID
        self.continuingPrefix = continuingPrefix
        self.maximumCharacters = maximumCharacters
    }

    func tokenize(_ text: [UInt8], continuesWord: Bool) -> [Int] {
        if UTF8Characters(text).prefix(maximumCharacters + 1).reduce(0, { count, _ in count + 1 }) > maximumCharacters {
            return [unknownID]
        }
        var ids: [Int] = []
        var start = 0
        while start < text.count {
            let prefix = start == 0 && !continuesWord ? [] : continuingPrefix
            guard let (id, end) = longestEntry(in: text, from: start, prefix: prefix) else { return [unknownID] }
            ids.append(id)
            start = end
        }
        return ids
    }

    private func longestEntry(in text: [UInt8], from start: Int, prefix: [UInt8]) -> (id: Int, end: Int)? {
        guard var node = vocabulary.trie.descend(prefix) else { return nil }
        var longest: (id: Int, end: Int)?
        var end = start
        while end < text.count, let next = vocabulary.trie.child(of: node, text[end]) {
            node = next
            end += 1
            if let id = vocabulary.trie.id(at: node) { longest = (id, end) }
        }
        return longest
    }
}
