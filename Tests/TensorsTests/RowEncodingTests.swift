import Testing

@testable import Tensors

@Suite struct RowEncodingTests {
    private func rows(_ rows: [[Float]]) -> RowStorage {
        let storage = RowStorage(rows: rows.count, columns: rows[0].count)
        for (index, row) in rows.enumerated() {
            storage.withMutableRow(index) { span in for column in row.indices { span[column] = row[column] } }
        }
        return storage
    }

    @Test func numbersAreLittleEndianAndRoundedToTheNearest() {
        let storage = rows([[1, -2], [0.1, 65_519], [2_049, 2_051]])
        var bytes: [UInt8] = [9]
        #expect(storage.append(0..<1, as: .float32, to: &bytes) == nil)
        #expect(bytes == [9, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
        // Float16 has 10 fraction bits: 2,049 and 2,051 lie in the middle, and go to the even neighbour; 65,519 is the last below infinity.
        var halves: [UInt8] = []
        #expect(storage.append(0..<3, as: .float16, to: &halves) == nil)
        #expect(halves == [0x00, 0x3C, 0x00, 0xC0, 0x66, 0x2E, 0xFF, 0x7B, 0x00, 0x68, 0x02, 0x68])
        var brains: [UInt8] = []
        #expect(storage.append(1..<2, as: .bfloat16, to: &brains) == nil)
        #expect(brains == [0xCD, 0x3D, 0x80, 0x47])
    }

    /// What does not fit is named and nothing of it is written.
    @Test func numbersThatAreTooLargeAreNoInfinity() {
        let storage = rows([[1, 2], [3, 65_520], [4, 3.4e38]])
        var bytes: [UInt8] = []
        #expect(storage.append(0..<3, as: .float16, to: &bytes) == 1 && bytes.isEmpty)
        #expect(storage.append(2..<3, as: .float16, to: &bytes) == 2 && bytes.isEmpty)
        #expect(storage.append(0..<3, as: .bfloat16, to: &bytes) == 2 && bytes.isEmpty)
        #expect(storage.append(0..<1, as: .float16, to: &bytes) == nil && bytes.count == 4)
        #expect(storage.append(1..<1, as: .float16, to: &bytes) == nil && bytes.count == 4)
    }
}

@Suite struct SpoolFileTests {
    @Test func keepsBytesAtTheirPlaces() throws {
        let spool = try SpoolFile()
        try spool.write([1, 2, 3], at: 10_000_000)
        try spool.write([4, 5], at: 3)
        #expect(try spool.read(3..<5) == [4, 5])
        #expect(try spool.read(10_000_000..<10_000_003) == [1, 2, 3])
        #expect(try spool.read(5..<7) == [0, 0])
        #expect(try spool.read(4..<4).isEmpty)
        #expect(throws: TensorFileError.self) { try spool.read(10_000_002..<10_000_004) }
    }
}
