import Hypernetworks
import Tensors
import Testing

@Suite struct NormPolicyTests {
    @Test(arguments: TrainingFreeFixture.formats) func scalesAsNumPyDoes(format: String) throws {
        let fixture = try TrainingFreeFixture(format)
        let judged = fixture.expected.judged
        for policy in NormPolicy.allCases {
            // Every other row is nobody's business.
            let rows = fixture.rows(2 * judged.count)
            for (index, expected) in judged.enumerated() {
                for row in [2 * index, 2 * index + 1] {
                    rows.input.set(row, to: expected.input.row)
                    rows.output?.set(row, to: expected.output.row)
                    rows.bias?.set(row, to: [3])
                }
            }
            var pauses = 0
            let indices = judged.indices.map { 2 * $0 }
            let factors = policy.apply(to: rows, only: indices, of: fixture.generator) { pauses += 1 }
            #expect(pauses == (policy == .matchNeighbors ? 2 : 0))
            for (index, expected) in judged.enumerated() {
                let found = factors[index]
                let sides = [
                    (rows.input, expected.input, found.input),
                    (try #require(rows.output), expected.output, try #require(found.output)),
                ]
                for (storage, side, factor) in sides {
                    let expectedFactor = try #require(side.factors[policy.rawValue])
                    #expect(deviation([factor], [expectedFactor]) < 1e-6, "\(policy) \(index)")
                    if expectedFactor == 1 { #expect(factor == 1) }
                    #expect(storage.row(2 * index) == side.row.map { $0 * factor })
                    #expect(storage.row(2 * index + 1) == side.row)
                }
                #expect(rows.bias?.row(2 * index) == [3])
            }
        }
    }

    @Test func rowsWithoutANormStay() throws {
        let fixture = try TrainingFreeFixture("float32")
        for policy in NormPolicy.allCases {
            let rows = fixture.rows(2)
            rows.input.set(0, to: Array(repeating: 0, count: 16))
            rows.input.set(1, to: Array(repeating: .nan, count: 16))
            rows.output?.set(0, to: Array(repeating: .infinity, count: 16))
            rows.output?.set(1, to: Array(repeating: -0.0, count: 16))
            let before = [rows.bits(0), rows.bits(1)]
            let factors = policy.apply(to: rows, only: [0, 1], of: fixture.generator, pause: {})
            #expect(factors == Array(repeating: NormFactors(input: 1, output: 1), count: 2))
            #expect([rows.bits(0), rows.bits(1)] == before)
        }
    }
}

@Suite struct RowDiagnosticsTests {
    @Test(arguments: TrainingFreeFixture.formats) func measuresWhatNumPyMeasures(format: String) throws {
        let fixture = try TrainingFreeFixture(format)
        let judged = fixture.expected.judged
        let sides = [(fixture.generator.input, judged.map(\.input)), (fixture.generator.output, judged.map(\.output))]
        for (table, expected) in sides {
            let rows = RowStorage(rows: judged.count, columns: 16)
            for (index, side) in expected.enumerated() { rows.set(index, to: side.row) }
            let order = judged.indices.shuffled()
            let found = try table.diagnostics(of: rows, only: order, pieces: order.map { judged[$0].pieces }, pause: {})
            for (diagnostics, index) in zip(found, order) {
                let expected = expected[index].diagnostics
                #expect((diagnostics.norm / expected.norm - 1).magnitude < 1e-12)
                #expect((diagnostics.normRatio / expected.normRatio - 1).magnitude < 1e-12)
                #expect((diagnostics.normPercentile - expected.normPercentile).magnitude < 1e-9)
                #expect((Double(diagnostics.cosineToMean) - expected.cosineToMean).magnitude < 1e-6)
                #expect((Double(diagnostics.cosineToPieces ?? 9) - expected.cosineToPieces).magnitude < 1e-6)
                #expect(diagnostics.nearest.map(\.id) == expected.nearest.map(\.row))
                #expect(deviation(diagnostics.nearest.map(\.cosine), expected.nearest.map(\.number)) < 1e-6)
                #expect(diagnostics.duplicateOf == expected.duplicateOf)
            }
        }
    }

    /// Over more rows than one block holds, the bits of a token's neighbours are those that it has alone.
    @Test func neighboursDoNotDependOnTheBatch() throws {
        try withRandomTable(rows: 1_300, columns: 24) { table in
            let base = TrainingFreeGenerator(tied: table).input
            let rows = RowStorage(rows: 40, columns: 24)
            for row in 0..<40 { rows.set(row, to: (0..<24).map { _ in Float.random(in: -1...1) }) }
            var pauses = 0
            let together = base.nearestRows(to: rows, only: Array(0..<40), count: 5) { pauses += 1 }
            #expect(pauses == 3)
            for row in 0..<40 {
                #expect(base.nearestRows(to: rows, only: [row], count: 5, pause: {}) == [together[row]])
                #expect(together[row].count == 5)
                #expect(zip(together[row], together[row].dropFirst()).allSatisfy { $0.cosine >= $1.cosine })
            }
            #expect(base.nearestRows(to: rows, only: [], count: 5, pause: {}).isEmpty)
        }
    }

    @Test func piecesOutsideTheTableAreNamed() throws {
        let fixture = try TrainingFreeFixture("float32")
        let rows = fixture.rows(1)
        #expect(throws: TrainingFreeError.rowOutOfRange(row: 300, limit: 300)) {
            _ = try fixture.generator.input.diagnostics(of: rows.input, only: [0], pieces: [[300]], pause: {})
        }
    }
}
