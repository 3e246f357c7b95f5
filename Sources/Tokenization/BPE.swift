/// Byte-pair encoding (Sennrich et al., arXiv 1508.07909): characters merged pair by pair, the pair learned first going first.
///
/// Byte-level vocabularies and SentencePiece's with byte fallback are both of this kind. `tokenize` gives what the `tokenizers`
/// library's BPE model gives.
public struct BPE: Sendable {
    let vocabulary: Vocabulary
    private let merges: [Pair: Merge]
    let unknownID: Int?
    private let fusesUnknown: Bool
    private let byteFallback: ByteFallback?
    /// Whether a text that is an entry as a whole is not taken apart first.
    private let ignoresMerges: Bool
    private let continuingPrefix: [UInt8]
    private let wordSuffix: [UInt8]

    private struct Pair: Hashable {
        var left: Int32
        var right: Int32
    }

    private struct Merge {
        var rank: Int32
        var id: Int32
    }

    struct Options {
        var unknownID: Int?
        var fusesUnknown = false
        var hasByteFallback = false
        var ignoresMerges = false
        var continuingPrefix: [UInt8] = []
        var wordSuffix: [UInt8] = []
    }

    /// Two entries that are merged, by their spelling.
    struct MergeRule {
        var left: [UInt8]
        var right: [UInt8]
    }

    /// - Parameter rules: in the order they were learned.
    /// - Throws: the index of a rule one of whose parts, or whose result, is not in the vocabulary.
    init(vocabulary: Vocabulary, rules: [MergeRule], options: Options) throws(UnknownMerge) {
        var merges: [Pair: Merge] = [:]
        merges.reserveCapacity(rules.count)
        for (rank, rule) in rules.enumerated() {
            let merged = rule.left + rule.right.dropFirst(options.continuingPrefix.count)
            guard let left = vocabulary.id(of: rule.left), let right = vocabulary.id(of: rule.right),
                let id = vocabulary.id(of: merged)
            else { throw UnknownMerge(index: rank) }
            merges[Pair(left: Int32(left), right: Int32(right))] = Merge(rank: Int32(rank), id: Int32(id))
        }
        self.vocabulary = vocabulary
        self.merges = merges
        unknownID = options.unknownID
        fusesUnknown = options.fusesUnknown
        byteFallback = options.hasByteFallback ? ByteFallback(vocabulary) : nil
        ignoresMerges = options.ignoresMerges
        continuingPrefix = options.continuingPrefix
        wordSuffix = options.wordSuffix
    }

    struct UnknownMerge: Error {
        let index: Int
    }

    func tokenize(_ text: [UInt8], continuesWord: Bool) -> [Int] {
        if text.isEmpty { return [] }
        let prefix = continuesWord ? continuingPrefix : []
        if ignoresMerges, let id = vocabulary.id(of: prefix + text) { return [id] }
        return merged(initialSymbols(text, prefix: prefix))
    }

    /// The ids of the single characters; those that are not in the vocabulary become bytes or the unknown token, or, in a
    /// vocabulary that has neither, vanish.
    private func initialSymbols(_ text: [UInt8], prefix firstPrefix: [UInt8]) -> [Int32] {
        var symbols: [Int32] = []
        symbols.reserveCapacity(text.count)
        var hasPendingUnknown = false
        for character in UTF8Characters(text) {
            let prefix = character.lowerBound == 0 ? firstPrefix : continuingPrefix
            let suffix = character.upperBound == text.count ? wordSuffix : []
            if let id = vocabulary.id(of: prefix, text[character], suffix) {
                if hasPendingUnknown, let unknownID { symbols.append(Int32(unknownID)) }
                hasPendingUnknown = false
                symbols.append(Int32(id))
            } else if let bytes = byteFallback?.ids(of: prefix + text[character] + suffix) {
                symbols += bytes.map(Int32.init)
            } else if let unknownID {
                if hasPendingUnknown, !fusesUnknown { symbols.append(Int32(unknownID)) }
                hasPendingUnknown = true
            }
        }
        if hasPendingUnknown, let unknownID { symbols.append(Int32(unknownID)) }
        return symbols
    }

    /// Applies the merges, lowest rank first and leftmost among equals. The symbols are a linked list and the candidates a
    /// heap, so a long text costs n log n.
    private func merged(_ initial: [Int32]) -> [Int] {
        var symbols = initial
        var next = Array(1...max(symbols.count, 1))
        var previous = Array(-1..<max(symbols.count, 1) - 1)
        var candidates = MergeHeap()

        func propose(_ left: Int, _ right: Int) {
            guard let merge = merges[Pair(left: symbols[left], right: symbols[right])] else { return }
            candidates.insert(.init(rank: merge.rank, position: Int32(left), id: merge.id))
        }
        for left in symbols.indices.dropLast() { propose(left, left + 1) }

        while let candidate = candidates.popFirst() {
            let left = Int(candidate.position)
            let right = next[left]
            // A candidate is stale once either of its symbols was merged with another.
            guard symbols[left] != Self.consumed, right < symbols.count,
                let merge = merges[Pair(left: symbols[left], right: symbols[right])], merge.id == candidate.id
            else { continue }
            symbols[left] = merge.id
            symbols[right] = Self.consumed
            next[left] = next[right]
            if next[left] < symbols.count {
                previous[next[left]] = left
                propose(left, next[left])
            }
            if previous[left] >= 0 { propose(previous[left], left) }
        }
        return symbols.filter { $0 != Self.consumed }.map(Int.init)
    }

    private static let consumed: Int32 = -1
}

/// A binary heap of possible merges, the next one first.
private struct MergeHeap {
    struct Candidate {
        var rank: Int32
        var position: Int32
        var id: Int32

        static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
            (a.rank, a.position) < (b.rank, b.position)
        }
    }

    private var candidates: [Candidate] = []

    mutating func insert(_ candidate: Candidate) {
        candidates.append(candidate)
        var index = candidates.count - 1
        while index > 0, case let parent = (index - 1) / 2, Candidate.precedes(candidates[index], candidates[parent]) {
            candidates.swapAt(index, parent)
            index = parent
        }
    }

    mutating func popFirst() -> Candidate? {
        guard let first = candidates.first, let last = candidates.popLast() else { return nil }
        if candidates.isEmpty { return first }
        candidates[0] = last
        var index = 0
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < candidates.count && Candidate.precedes(candidates[child], candidates[smallest]) {
                smallest = child
            }
            if smallest == index { return first }
            candidates.swapAt(index, smallest)
            index = smallest
        }
    }
}
