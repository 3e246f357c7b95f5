import HeapModule

/// Finds the words that some bytes occur in, in the order of their ids, as many as are wanted.
///
/// Two suffix arrays over the words' text hold every position once: the beginnings of words, and the bytes inside them. A
/// pattern's occurrences are a range of each, by binary search. Positions grow with ids, so the first words are the smallest
/// positions of the range, and a tree of minima, 16 neighbours to a node, gives them one by one without looking at the others:
/// "e", which stands in millions of words, costs no more than a few hundred steps down the tree.
struct SubstringIndex: Sendable {
    private let beginnings: Positions
    private let insides: Positions

    private struct Positions: Sendable {
        /// The positions, then the minima of their neighbours, and so on to a single number.
        let levels: [MappedIntegers]

        init(_ key: String, count: Int, in table: SafetensorsFile) throws(TensorFileError) {
            let counts = SortedPositions.levelCounts(count)
            let minima = try MappedIntegers(key + "_minima", count: counts.reduce(0, +), in: table)
            var levels = [try MappedIntegers(key, count: count, in: table)]
            var start = 0
            for count in counts {
                levels.append(minima.slice(start..<start + count))
                start += count
            }
            self.levels = levels
        }
    }

    /// - Throws: `TensorFileError` if a tensor of the index is missing or has another shape. What the tensors hold is
    ///   checked where it is used: a wrong number makes words missing, nothing worse.
    init(_ table: SafetensorsFile, words: MappedWords) throws(TensorFileError) {
        beginnings = try Positions("beginnings", count: words.count, in: table)
        guard let tensor = table["insides"], tensor.shape.count == 1 else {
            throw .missingTensor(key: "insides", file: table.path)
        }
        insides = try Positions("insides", count: tensor.shape[0], in: table)
    }

    /// The first words, by id, that one of `patterns` occurs in at its place.
    func words(matching patterns: [WordPattern], in words: MappedWords, limit: Int) -> [Int] {
        words.withText { text in
            var smallest = SmallestPositions()
            for pattern in patterns where !pattern.bytes.isEmpty {
                let places =
                    pattern.place == .beginning ? [beginnings] : pattern.place == .inside ? [insides] : [beginnings, insides]
                for positions in places {
                    let range = Self.range(of: pattern, among: positions.levels[0], words, text)
                    smallest.add(range, of: positions.levels)
                }
            }
            var ids: [Int] = []
            while ids.count < limit, let position = smallest.next() {
                guard position < text.count else { continue }
                let id = words.id(ofByte: position)
                if id > ids.last ?? -1 { ids.append(id) }
            }
            return ids
        }
    }

    /// The range of positions from which a word begins or goes on with the pattern.
    private static func range(
        of pattern: WordPattern, among positions: MappedIntegers, _ words: MappedWords, _ text: UnsafeRawBufferPointer
    ) -> Range<Int> {
        func firstIndex(from start: Int, where belongs: (Int) -> Bool) -> Int {
            var (low, high) = (start, positions.count)
            while low < high {
                let middle = (low + high) / 2
                if belongs(middle) { high = middle } else { low = middle + 1 }
            }
            return low
        }
        func orderOfText(at index: Int) -> Int {
            let position = positions[index]
            guard position < text.count else { return 1 }
            return order(of: text, from: position, to: words.end(ofByte: position, in: text), besides: pattern)
        }
        let start = firstIndex(from: 0) { orderOfText(at: $0) >= 0 }
        return start..<firstIndex(from: start) { orderOfText(at: $0) > 0 }
    }

    /// Below 0 if the text from `position` comes before all that the pattern matches, above 0 if behind all of that.
    private static func order(of text: UnsafeRawBufferPointer, from position: Int, to end: Int, besides pattern: WordPattern)
        -> Int
    {
        for index in pattern.bytes.indices {
            guard position + index < end else { return -1 }
            let difference = Int(text[position + index]) - Int(pattern.bytes[index])
            if difference != 0 { return difference }
        }
        // The word's end comes before any byte.
        let isAtEnd = position + pattern.bytes.count == end
        return switch pattern.end {
        case .anywhere: 0
        case .atEnd: isAtEnd ? 0 : 1
        case .beforeEnd: isAtEnd ? -1 : 0
        }
    }
}

/// Bytes that are looked for in words, and where in a word.
public struct WordPattern: Sendable, Hashable {
    public enum Place: Sendable {
        case beginning
        /// Anywhere but at the beginning.
        case inside
        case anywhere
    }

    public enum End: Sendable {
        case anywhere
        /// The word ends with the bytes.
        case atEnd
        /// The word goes on behind them.
        case beforeEnd
    }

    public var bytes: [UInt8]
    public var place: Place
    public var end: End

    public init(_ bytes: [UInt8], at place: Place, end: End = .anywhere) {
        self.bytes = bytes
        self.place = place
        self.end = end
    }
}

/// The numbers of some ranges of integers in ascending order, found best first in their trees of minima.
private struct SmallestPositions {
    private struct Node: Comparable {
        var minimum: UInt32
        /// How far above the integers themselves; which tree, and where on its level.
        var level: UInt8
        var tree: Int
        var index: UInt32

        static func < (first: Node, second: Node) -> Bool { first.minimum < second.minimum }
    }

    private var heap = Heap<Node>()
    private var trees: [[MappedIntegers]] = []

    /// The range's nodes: single ones up to where a node of the level above lies in it as a whole, at both ends.
    mutating func add(_ range: Range<Int>, of levels: [MappedIntegers]) {
        trees.append(levels)
        var (start, end) = (range.lowerBound, range.upperBound)
        for level in levels.indices {
            while start < end, start % SortedPositions.fanOut != 0 || level == levels.count - 1 {
                push(level, trees.count - 1, start)
                start += 1
            }
            while start < end, end % SortedPositions.fanOut != 0 {
                end -= 1
                push(level, trees.count - 1, end)
            }
            start /= SortedPositions.fanOut
            end /= SortedPositions.fanOut
        }
    }

    mutating func next() -> Int? {
        while let node = heap.popMin() {
            if node.level == 0 { return Int(node.minimum) }
            let level = Int(node.level) - 1
            let start = Int(node.index) * SortedPositions.fanOut
            for index in start..<min(start + SortedPositions.fanOut, trees[node.tree][level].count) {
                push(level, node.tree, index)
            }
        }
        return nil
    }

    private mutating func push(_ level: Int, _ tree: Int, _ index: Int) {
        let minimum = trees[tree][level][index]
        heap.insert(Node(minimum: UInt32(minimum), level: UInt8(level), tree: tree, index: UInt32(index)))
    }
}
