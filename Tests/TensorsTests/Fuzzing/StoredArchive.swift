/// A ZIP file whose entries are stored as they are, as PyTorch writes them.
struct StoredArchive {
    var entries: [(name: String, bytes: [UInt8])] = []

    /// What every checkpoint has beside its storages.
    static func checkpoint(pickle: [UInt8], storages: [(name: String, bytes: [UInt8])] = []) -> StoredArchive {
        StoredArchive(
            entries: [("a/data.pkl", pickle), ("a/byteorder", Array("little".utf8))]
                + storages.map { ("a/data/" + $0.name, $0.bytes) } + [("a/version", Array("3\n".utf8))])
    }

    /// Fields as APPNOTE 6.3 has them; CRC-32 is left zero.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in entries {
            let name = Array(name.utf8)
            let offset = bytes.count
            let middle: [UInt8] = Self.field(0, 2) + Self.field(0, 2) + Self.field(0, 8) + Self.field(content.count, 4)
                + Self.field(content.count, 4) + Self.field(name.count, 2) + Self.field(0, 2)
            bytes += Self.field(0x0403_4B50, 4) + Self.field(20, 2) + middle + name + content
            directory += Self.field(0x0201_4B50, 4) + Self.field(20, 2) + Self.field(20, 2) + middle + Self.field(0, 2)
            directory += Self.field(0, 2) + Self.field(0, 6) + Self.field(offset, 4) + name
        }
        let start = bytes.count
        bytes += directory + Self.field(0x0605_4B50, 4) + Self.field(0, 4) + Self.field(entries.count, 2)
        bytes += Self.field(entries.count, 2) + Self.field(directory.count, 4) + Self.field(start, 4) + Self.field(0, 2)
        return bytes
    }

    /// A little-endian integer of `width` bytes.
    static func field(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
}
