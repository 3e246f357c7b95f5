/// The entries `<0x00>` to `<0xFF>` that spell what a vocabulary has no entry for, byte by byte.
struct ByteFallback: Sendable {
    private let ids: [Int?]

    init(_ vocabulary: Vocabulary) {
        ids = (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return vocabulary.id(of: Array("<0x\(digits.count == 1 ? "0" : "")\(digits)>".utf8))
        }
    }

    /// One id for each byte, or nil if any of them has no entry.
    func ids(of bytes: some Sequence<UInt8>) -> [Int]? {
        var result: [Int] = []
        for byte in bytes {
            guard let id = ids[Int(byte)] else { return nil }
            result.append(id)
        }
        return result
    }
}
