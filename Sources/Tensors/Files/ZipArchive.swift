/// The directory of a ZIP file whose entries are stored as they are: each is a range of the mapped file.
///
/// PyTorch's checkpoints are such files. What an entry holds is not checked against its CRC-32, for that would read all of it.
/// Sections are those of the ZIP specification, APPNOTE 6.3.
struct ZipArchive: Sendable {
    struct Entry: Sendable {
        let name: String
        /// Where its bytes lie in the file.
        let byteRange: Range<Int>
    }

    let file: MappedFile
    /// In the order of the directory.
    let entries: [Entry]
    private let indexByName: [String: Int]

    /// - Throws: `TensorFileError.malformed`: no directory at the end of the file, an entry that is compressed or encrypted, lies
    ///   outside the data or over another, or has a name twice or one that is no path below the archive.
    init(file: MappedFile) throws(TensorFileError) {
        let directory = try Self.directory(of: file)
        var entries: [Entry] = []
        var extents: [Range<Int>] = []
        var indexByName: [String: Int] = [:]
        var fields = ZipFields(file: file, range: directory.byteRange)
        while fields.position < directory.byteRange.upperBound {
            let position = fields.position
            let header = try DirectoryHeader(&fields)
            guard indexByName.updateValue(entries.count, forKey: header.name) == nil else {
                throw .malformed(file: file.path, problem: "entry \"\(header.name)\" is listed twice", byteOffset: position)
            }
            let byteRange = try Self.data(of: header, in: file, before: directory.byteRange.lowerBound)
            entries.append(Entry(name: header.name, byteRange: byteRange))
            extents.append(header.localOffset..<byteRange.upperBound)
        }
        guard entries.count == directory.count else {
            throw .malformed(
                file: file.path, problem: "the directory has \(entries.count) entries and says \(directory.count)",
                byteOffset: directory.byteRange.lowerBound)
        }
        var end = 0
        for index in extents.indices.sorted(by: { extents[$0].lowerBound < extents[$1].lowerBound }) {
            guard extents[index].lowerBound >= end else {
                throw .malformed(
                    file: file.path, problem: "entry \"\(entries[index].name)\" overlaps another",
                    byteOffset: extents[index].lowerBound)
            }
            end = extents[index].upperBound
        }
        self.file = file
        self.entries = entries
        self.indexByName = indexByName
    }

    subscript(name: String) -> Entry? { indexByName[name].map { entries[$0] } }

    /// Section 4.3.16, the record at the end of the file, and 4.3.14, the one that stands for it in a large file.
    private static func directory(of file: MappedFile) throws(TensorFileError) -> (byteRange: Range<Int>, count: Int) {
        guard let end = endRecord(of: file) else {
            throw .malformed(file: file.path, problem: "no ZIP directory: not a ZIP file, or cut short", byteOffset: file.count)
        }
        var fields = ZipFields(file: file, range: end..<file.count)
        try fields.skip(4)
        var disks = [try fields.integer(2), try fields.integer(2)]
        var counts = [try fields.integer(2), try fields.integer(2)]
        var size = try fields.integer(4)
        var offset = try fields.integer(4)
        var limit = end
        if end >= 20 {
            var locator = ZipFields(file: file, range: end - 20..<end)
            if try locator.integer(4) == 0x0706_4B50 {
                try locator.skip(4)
                let record = try locator.integer(8)
                guard record <= end - 20 - 56 else {
                    throw .malformed(file: file.path, problem: "the ZIP64 record lies outside the file", byteOffset: end - 12)
                }
                var fields = ZipFields(file: file, range: record..<end - 20)
                guard try fields.integer(4) == 0x0606_4B50 else {
                    throw .malformed(file: file.path, problem: "no ZIP64 record", byteOffset: record)
                }
                try fields.skip(12)
                disks = [try fields.integer(4), try fields.integer(4)]
                counts = [try fields.integer(8), try fields.integer(8)]
                size = try fields.integer(8)
                offset = try fields.integer(8)
                limit = record
            }
        }
        guard disks == [0, 0], counts[0] == counts[1] else {
            throw .malformed(file: file.path, problem: "part of an archive of several files", byteOffset: end)
        }
        guard offset <= limit, size == limit - offset else {
            throw .malformed(
                file: file.path, problem: "\(size) bytes of directory at \(offset) do not end at \(limit)", byteOffset: end)
        }
        return (offset..<limit, counts[0])
    }

    /// Where the end record lies: only a comment, whose length it has, may follow.
    private static func endRecord(of file: MappedFile) -> Int? {
        let recordSize = 22
        guard file.count >= recordSize else { return nil }
        let first = max(0, file.count - recordSize - Int(UInt16.max))
        return file.withBytes(in: first..<file.count) { bytes in
            for position in stride(from: bytes.count - recordSize, through: 0, by: -1)
            where UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)) == 0x0605_4B50 {
                let comment = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 20, as: UInt16.self))
                if position + recordSize + Int(comment) == bytes.count { return first + position }
            }
            return nil
        }
    }

    /// Section 4.3.7: the header that an entry's bytes follow.
    private static func data(
        of header: DirectoryHeader, in file: MappedFile, before end: Int
    ) throws(TensorFileError) -> Range<Int> {
        func malformed(_ problem: String) -> TensorFileError {
            .malformed(file: file.path, problem: "entry \"\(header.name)\" \(problem)", byteOffset: header.localOffset)
        }
        guard header.localOffset <= end else { throw malformed("lies outside the file") }
        var fields = ZipFields(file: file, range: header.localOffset..<end)
        guard try fields.integer(4) == 0x0403_4B50 else { throw malformed("has no header") }
        try fields.skip(4)
        guard try fields.integer(2) == header.method else { throw malformed("has another method in its header") }
        try fields.skip(16)
        let nameLength = try fields.integer(2)
        let extraLength = try fields.integer(2)
        let nameStart = fields.position
        try fields.skip(nameLength)
        guard file.bytes(in: nameStart..<fields.position) == Array(header.name.utf8) else {
            throw malformed("has another name in its header")
        }
        try fields.skip(extraLength)
        guard header.size <= end - fields.position else { throw malformed("of \(header.size) bytes reaches out of the file") }
        return fields.position..<fields.position + header.size
    }
}

/// Section 4.3.12: what the directory says of an entry.
private struct DirectoryHeader {
    let name: String
    let method: Int
    let size: Int
    let localOffset: Int

    init(_ fields: inout ZipFields) throws(TensorFileError) {
        let start = fields.position
        let path = fields.file.path
        func malformed(_ problem: String) -> TensorFileError { .malformed(file: path, problem: problem, byteOffset: start) }
        guard try fields.integer(4) == 0x0201_4B50 else { throw malformed("no entry of the directory") }
        try fields.skip(4)
        let flags = try fields.integer(2)
        method = try fields.integer(2)
        try fields.skip(8)
        var packedSize = try fields.integer(4)
        var size = try fields.integer(4)
        let nameLength = try fields.integer(2)
        let extraLength = try fields.integer(2)
        let commentLength = try fields.integer(2)
        let disk = try fields.integer(2)
        try fields.skip(6)
        var localOffset = try fields.integer(4)

        let nameStart = fields.position
        try fields.skip(nameLength)
        guard let name = String(validating: fields.file.bytes(in: nameStart..<fields.position), as: UTF8.self) else {
            throw malformed("the name of an entry is not UTF-8")
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "\\")), !name.isEmpty, parts.first != "",
            !parts.contains(".."), !parts.contains(".")
        else { throw malformed("\"\(name)\" is no name for an entry") }

        let extraEnd = fields.position + extraLength
        try fields.skip(extraLength)
        var extra = ZipFields(file: fields.file, range: extraEnd - extraLength..<extraEnd)
        // Section 4.5.3: what does not fit its field stands in an extra field, in this order.
        while extraEnd - extra.position >= 4 {
            let identifier = try extra.integer(2)
            let next = extra.position + 2 + (try extra.integer(2))
            if identifier == 1 {
                if size == 0xFFFF_FFFF { size = try extra.integer(8) }
                if packedSize == 0xFFFF_FFFF { packedSize = try extra.integer(8) }
                if localOffset == 0xFFFF_FFFF { localOffset = try extra.integer(8) }
            }
            guard extra.position <= next else { throw malformed("entry \"\(name)\" has a ZIP64 field that is too short") }
            try extra.skip(next - extra.position)
        }
        try fields.skip(commentLength)

        guard flags & 1 == 0 else { throw malformed("entry \"\(name)\" is encrypted") }
        guard method == 0 else { throw malformed("entry \"\(name)\" is compressed (method \(method)), which PyTorch never does") }
        guard packedSize == size else { throw malformed("entry \"\(name)\" is stored, but has two sizes") }
        guard disk == 0 else { throw malformed("entry \"\(name)\" lies in another file") }
        self.name = name
        self.size = size
        self.localOffset = localOffset
    }
}

/// Reads little-endian fields one after the other.
private struct ZipFields {
    let file: MappedFile
    private(set) var position: Int
    private let end: Int

    init(file: MappedFile, range: Range<Int>) {
        self.file = file
        position = range.lowerBound
        end = range.upperBound
    }

    mutating func skip(_ count: Int) throws(TensorFileError) {
        guard count <= end - position else {
            throw .malformed(file: file.path, problem: "a ZIP record is cut short", byteOffset: position)
        }
        position += count
    }

    /// An unsigned integer of `width` bytes.
    mutating func integer(_ width: Int) throws(TensorFileError) -> Int {
        let start = position
        try skip(width)
        let value = file.withBytes(in: start..<position) { $0.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        guard let value = Int(exactly: value) else {
            throw .malformed(file: file.path, problem: "a length of \(value) bytes", byteOffset: start)
        }
        return value
    }
}
