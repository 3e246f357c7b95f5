/// The ways in which an input arrives. None of its pieces is empty: a socket that has nothing says so in another way.
enum Cutting: CaseIterable {
    case whole
    case byteByByte
    /// In two to four pieces; the input itself says where it is cut, so that it is cut there again.
    case somewhere

    func pieces(of input: [UInt8]) -> [ArraySlice<UInt8>] {
        var cuts: [Int]
        switch self {
        case .whole: cuts = []
        case .byteByByte: cuts = Array(input.indices)
        case .somewhere:
            let hash = Self.hash(of: input)
            cuts = (0..<2 + hash % 2).map { Int(hash >> (8 + 16 * $0) & 0xFFFF) % (input.count + 1) }.sorted()
        }
        cuts.append(input.count)
        var start = 0
        return cuts.map { end in
            defer { start = end }
            return input[start..<end]
        }.filter { !$0.isEmpty }
    }

    /// FNV-1a. Swift's own hashes differ from run to run.
    private static func hash(of input: [UInt8]) -> UInt64 {
        input.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
