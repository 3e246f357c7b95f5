/// Distinct words in the order of their ids, as they are collected for a table.
struct WordList {
    /// The words' UTF-8, one behind the other.
    private(set) var bytes: [UInt8] = []
    /// Where each word begins, and where the last one ends.
    private(set) var offsets: [UInt32] = [0]
    /// A word's id plus one in the first slot from its hash on that was free; 0 in a free one.
    private(set) var slots = [UInt32](repeating: 0, count: 2)

    var count: Int { offsets.count - 1 }

    /// - Returns: false for a word that is in the list already.
    mutating func append(_ word: [UInt8]) -> Bool {
        let hash = word.withUnsafeBytes(WordHash.hash)
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot] != 0 {
            if equals(Int(slots[slot]) - 1, word) { return false }
            slot = (slot + 1) & (slots.count - 1)
        }
        bytes += word
        offsets.append(UInt32(bytes.count))
        slots[slot] = UInt32(count)
        if WordHash.slotCount(count) > slots.count { rehash() }
        return true
    }

    func range(of id: Int) -> Range<Int> { Int(offsets[id])..<Int(offsets[id + 1]) }

    private func equals(_ id: Int, _ word: [UInt8]) -> Bool {
        let range = range(of: id)
        guard range.count == word.count else { return false }
        return bytes[range].elementsEqual(word)
    }

    private mutating func rehash() {
        slots = [UInt32](repeating: 0, count: WordHash.slotCount(count))
        for id in 0..<count {
            let hash = bytes.withUnsafeBytes { WordHash.hash(UnsafeRawBufferPointer(rebasing: $0[range(of: id)])) }
            var slot = Int(hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(id + 1)
        }
    }
}
