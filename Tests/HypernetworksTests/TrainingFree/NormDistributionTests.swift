import Foundation
import Tensors
import Testing

@testable import Hypernetworks

@Suite struct NormDistributionTests {
    private func distribution(of rows: [Float], bins: Int, isValid: @escaping (Int) -> Bool = { _ in true }) throws -> NormDistribution? {
        let scratch = try Scratch()
        let path = scratch.newPath()
        var writer = SafetensorsWriter()
        writer.add("rows", shape: [rows.count / 2, 2], elements: rows)
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: path))
        let table = try #require(SafetensorsFile(path: path)["rows"])
        return NormDistribution(RowStatistics(table, isValid: isValid), bins: bins)
    }

    /// Norms 5, 1 and 2; a row of zeros and one that stands for nothing are not counted.
    @Test func countsValidRows() throws {
        let norms = try #require(try distribution(of: [3, 4, 0, 0, 1, 0, 0, 2, 9, 9], bins: 4) { $0 != 4 })
        #expect(norms.minimum == 1 && norms.maximum == 5 && norms.counts == [1, 1, 0, 1])
        #expect(abs(norms.mean - 8.0 / 3) < 1e-12 && abs(norms.standardDeviation - (26.0 / 9).squareRoot()) < 1e-12)
    }

    @Test func equalNormsAndNone() throws {
        #expect(try distribution(of: [0, 7, 7, 0], bins: 3)?.counts == [2, 0, 0])
        #expect(try distribution(of: [0, 0], bins: 3) == nil)
    }
}
