#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Puts positions in words into the byte order of what stands from there to the word's end: a suffix array, but that no suffix
/// reaches into the next word. Equal texts keep the order of the positions.
enum SortedPositions {
    /// How many neighbours of a level have one minimum in the next.
    static let fanOut = 16

    private struct Suffix {
        /// The third to the tenth byte, zeros behind the end.
        var key: UInt64
        var position: UInt32
        var count: UInt32
    }

    /// - Parameter suffixes: calls its argument with every position and the end of its word, in ascending order; it is called
    ///   several times.
    static func sort(
        _ text: UnsafeRawBufferPointer, _ suffixes: (_ body: (_ position: Int, _ end: Int) -> Void) -> Void
    ) -> [UInt32] {
        var counts = [Int](repeating: 0, count: 65_536)
        var total = 0
        suffixes { position, end in
            counts[group(text, position, end)] += 1
            total += 1
        }
        var sorted: [UInt32] = []
        sorted.reserveCapacity(total)
        // By the first two bytes; then each of these groups by comparison. Some groups at a time, for their memory.
        let batchLimit = max(total / 8, 1 << 16)
        var groups = 0..<0
        while groups.upperBound < counts.count {
            var starts: [Int] = []
            var size = 0
            groups = groups.upperBound..<groups.upperBound
            while groups.upperBound < counts.count, starts.isEmpty || size + counts[groups.upperBound] <= batchLimit {
                starts.append(size)
                size += counts[groups.upperBound]
                groups = groups.lowerBound..<groups.upperBound + 1
            }
            if size > 0 {
                sorted += sortedBatch(text, suffixes, groups: groups, starts: starts, size: size).lazy.map(\.position)
            }
        }
        return sorted
    }

    /// The suffixes of some neighbouring groups, in order.
    private static func sortedBatch(
        _ text: UnsafeRawBufferPointer, _ suffixes: (_ body: (_ position: Int, _ end: Int) -> Void) -> Void,
        groups: Range<Int>, starts: [Int], size: Int
    ) -> [Suffix] {
        var ends = starts
        var batch = [Suffix](repeating: Suffix(key: 0, position: 0, count: 0), count: size)
        suffixes { position, end in
            let group = group(text, position, end) - groups.lowerBound
            guard ends.indices.contains(group) else { return }
            batch[ends[group]] = Suffix(
                key: key(text, position + 2, end), position: UInt32(position), count: UInt32(end - position))
            ends[group] += 1
        }
        for (start, end) in zip(starts, ends) where end - start > 1 {
            batch[start..<end].sort { isOrdered($0, $1, in: text) }
        }
        return batch
    }

    private static func group(_ text: UnsafeRawBufferPointer, _ position: Int, _ end: Int) -> Int {
        Int(text[position]) << 8 | (position + 1 < end ? Int(text[position + 1]) : 0)
    }

    private static func key(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UInt64 {
        guard start < end else { return 0 }
        if start + 8 <= text.count {
            let key = UInt64(bigEndian: text.loadUnaligned(fromByteOffset: start, as: UInt64.self))
            return end - start >= 8 ? key : key & ~(UInt64.max >> UInt64((end - start) * 8))
        }
        return (start..<min(end, start + 8)).reduce(0) { $0 | UInt64(text[$1]) << UInt64((7 - ($1 - start)) * 8) }
    }

    private static func isOrdered(_ first: Suffix, _ second: Suffix, in text: UnsafeRawBufferPointer) -> Bool {
        if first.key != second.key { return first.key < second.key }
        let common = Int(min(first.count, second.count))
        // No word has a zero byte, so texts within the key's reach whose keys are equal are equal.
        if common > 10 {
            let order = compare(text, Int(first.position), Int(second.position), common)
            if order != 0 { return order < 0 }
        }
        return (first.count, first.position) < (second.count, second.position)
    }

    private static func compare(_ text: UnsafeRawBufferPointer, _ first: Int, _ second: Int, _ count: Int) -> Int32 {
        precondition(max(first, second) + count <= text.count, "a suffix outside the text")
        guard let base = text.baseAddress else { return 0 }
        return memcmp(base + first, base + second, count)
    }

    /// The minima of each 16 neighbours, then the minima of each 16 of those, and so on to a single one.
    static func minima(of values: [UInt32]) -> [UInt32] {
        var minima: [UInt32] = []
        var level = values
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: fanOut).map { start in
                level[start..<min(start + fanOut, level.count)].reduce(.max) { min($0, $1) }
            }
            minima += level
        }
        return minima
    }

    /// How many numbers each level of `minima` has.
    static func levelCounts(_ count: Int) -> [Int] {
        var counts: [Int] = []
        var level = count
        while level > 1 {
            level = (level + fanOut - 1) / fanOut
            counts.append(level)
        }
        return counts
    }
}
