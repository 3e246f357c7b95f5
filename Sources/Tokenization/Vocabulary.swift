/// Entries and their ids, found either way.
struct Vocabulary: Sendable {
    private(set) var trie = VocabularyTrie()
    /// By id; nil where the file leaves a hole.
    let entries: [[UInt8]?]

    /// Ids beyond this are no vocabulary but a mistake, and would cost memory for nothing.
    static let maximumID = 1 << 20 - 1

    init(_ entries: [[UInt8]?]) {
        self.entries = entries
        for (id, entry) in entries.enumerated() {
            if let entry { trie.insert(entry, id: id) }
        }
    }

    func id(of entry: some Sequence<UInt8>) -> Int? { trie.id(of: entry) }

    /// The id of an entry given in three parts.
    func id(of prefix: [UInt8], _ text: ArraySlice<UInt8>, _ suffix: [UInt8]) -> Int? {
        trie.descend(prefix)
            .flatMap { trie.descend(from: $0, text) }
            .flatMap { trie.descend(from: $0, suffix) }
            .flatMap(trie.id(at:))
    }

    func entry(_ id: Int) -> [UInt8]? { entries.indices.contains(id) ? entries[id] : nil }
}
