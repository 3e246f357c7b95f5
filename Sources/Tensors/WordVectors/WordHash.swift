/// Where words are looked for in a table of 2^k slots: the slot of a hash, then those behind it, until a free one.
enum WordHash {
    /// FNV-1a of 64 bits, folded to 32: a table file depends on it, so it never changes.
    static func hash(_ word: UnsafeRawBufferPointer) -> UInt32 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in word { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }

    /// At most half of the slots are taken.
    static func slotCount(_ words: Int) -> Int {
        var slots = 2
        while slots < words * 2 { slots *= 2 }
        return slots
    }
}
