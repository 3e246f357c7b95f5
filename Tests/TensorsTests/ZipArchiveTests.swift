import Foundation
import Testing

@testable import Tensors

@Suite struct ZipArchiveTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func open(_ bytes: [UInt8]) throws -> ZipArchive {
        let path = scratch.newPath()
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try ZipArchive(file: MappedFile(path: path))
    }

    private func refusal(of bytes: [UInt8]) throws -> String {
        let error = #expect(throws: TensorFileError.self) { _ = try open(bytes) }
        return error?.description ?? ""
    }

    private let good = StoredArchive(entries: [("a/x", [1, 2, 3]), ("a/y", []), ("ü", [4])]).encoded()

    /// The `fixture` was written by torch, with its ZIP64 records.
    @Test func findsStoredEntries() throws {
        let archive = try open(good)
        #expect(archive.entries.map(\.name) == ["a/x", "a/y", "ü"])
        #expect(archive["a/x"].map { archive.file.bytes(in: $0.byteRange) } == [1, 2, 3])
        #expect(archive["a/y"]?.byteRange.isEmpty == true && archive["z"] == nil)
        let ofTorch = try ZipArchive(file: MappedFile(path: fixture("pickles/torch/bare.pt")))
        #expect(ofTorch["bare/byteorder"].map { ofTorch.file.bytes(in: $0.byteRange) } == Array("little".utf8))
        // torch aligns its storages.
        #expect(ofTorch["bare/data/0"].map { $0.byteRange.lowerBound % 64 } == 0)
    }

    @Test func allowsAComment() throws {
        var bytes = good
        bytes[bytes.count - 2] = 2
        #expect(try open(bytes + Array("hi".utf8)).entries.count == 3)
        #expect(try refusal(of: bytes + [1]).contains("no ZIP directory"))
    }

    @Test(arguments: ["", "/etc/passwd", "../x", "a/../../x", "a/./x", "a\\x", "a\0x", ".."])
    func refusesNamesThatLeadAstray(name: String) throws {
        let refusal = try refusal(of: StoredArchive(entries: [(name, [1])]).encoded())
        #expect(refusal.contains("is no name for an entry"), "\(refusal)")
    }

    @Test func refusesANameTwice() throws {
        #expect(try refusal(of: StoredArchive(entries: [("x", [1]), ("x", [2])]).encoded()).contains("\"x\" is listed twice"))
    }

    /// Changes of one byte: where, counted from the directory's first entry, what, and the refusal.
    @Test(arguments: [
        (8, 1, "encrypted"), (10, 8, "\"a/x\" is compressed (method 8)"),
        (20, 4, "two sizes"), (42, 1, "has no header"), (45, 0x70, "lies outside the file"),
        (34, 1, "lies in another file"), (0, 0, "no entry of the directory"), (46, 0x62, "another name"),
        (30, 200, "cut short"),
    ] as [(Int, UInt8, String)])
    func refusesFieldsThatDoNotFit(place: Int, value: UInt8, problem: String) throws {
        var bytes = good
        let directory = bytes.count - 22 - (46 + 3) * 2 - (46 + 2)
        bytes[directory + place] = value
        let refusal = try refusal(of: bytes)
        #expect(refusal.contains(problem), "\(refusal)")
    }

    @Test(arguments: [
        (18, 1, "several files"), (14, 2, "part of an archive of several files"), (10, 1, "do not end"), (6, 1, "do not end"),
    ] as [(Int, UInt8, String)])
    func refusesEndRecordsThatDoNotFit(fromEnd: Int, value: UInt8, problem: String) throws {
        var bytes = good
        bytes[bytes.count - fromEnd] = value
        let refusal = try refusal(of: bytes)
        #expect(refusal.contains(problem), "\(refusal)")
    }

    @Test func refusesWrongCounts() throws {
        for count in [UInt8(2), 4] {
            var bytes = good
            bytes[bytes.count - 14] = count
            bytes[bytes.count - 12] = count
            #expect(try refusal(of: bytes).contains("has 3 entries and says \(count)"))
        }
    }

    /// Two entries that share bytes, as in a "better zip bomb".
    @Test func refusesOverlaps() throws {
        var archive = StoredArchive(entries: [("x", [])]).encoded()
        archive = StoredArchive(entries: [("x", [UInt8](archive[0..<31])), ("x", [7])]).encoded()
        // The second entry of the directory is pointed at the header that lies in the data of the first, and named alike there.
        let directory = archive.count - 22 - 47 * 2
        var bytes = archive
        bytes[directory + 47 + 42] = 31
        bytes[directory + 47 + 20] = 0
        bytes[directory + 47 + 24] = 0
        bytes[directory + 47 + 46] = UInt8(ascii: "y")
        bytes[31 + 30] = UInt8(ascii: "y")
        #expect(try refusal(of: bytes).contains("\"y\" overlaps another"))
    }

    /// ZIP64 (4.3.14, 4.3.15, 4.5.3): sizes and places in the wide fields.
    @Test func readsWideFields() throws {
        let wide = try Data(contentsOf: URL(fileURLWithPath: fixture("pickles/zip64.zip")))
        let archive = try open([UInt8](wide))
        #expect(archive.entries.map(\.name) == ["w/a", "w/b"])
        #expect(archive["w/a"].map { archive.file.bytes(in: $0.byteRange) } == Array("first".utf8))
        #expect(archive["w/b"].map { archive.file.bytes(in: $0.byteRange) } == Array("second".utf8))
    }

    @Test func refusesEveryTruncation() throws {
        for name in ["pickles/torch/protocol-4.pt", "pickles/zip64.zip"] {
            let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: fixture(name))))
            for length in 0..<whole.count { #expect(throws: TensorFileError.self) { _ = try open(Array(whole.prefix(length))) } }
        }
    }
}
