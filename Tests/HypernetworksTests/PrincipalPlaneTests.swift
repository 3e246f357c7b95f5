import Hypernetworks
import Tensors
import Testing

@Suite struct PrincipalPlaneTests {
    @Test(arguments: TrainingFreeFixture.formats) func axesAreThoseOfNumPy(format: String) throws {
        let fixture = try TrainingFreeFixture(format)
        for (key, table) in [("input", fixture.generator.input), ("output", fixture.generator.output)] {
            let statistics = try #require(fixture.expected.statistics[key])
            let expected = statistics.principalAxes
            let plane = try table.principalPlane(pause: {})
            for (direction, axis) in zip(plane.axes.directions, expected.axes) {
                #expect(zip(direction, axis).reduce(0) { $0 + $1.0 * $1.1 } > 1 - 1e-9)
            }
            #expect(zip(plane.axes.varianceShares, expected.shares).allSatisfy { abs($0 - $1) < 1e-6 })
            #expect(plane.positions.count == statistics.validRows.count)
            for (index, position) in expected.positions.enumerated() {
                #expect(abs(Double(plane.positions[index].x) - position[0]) < 1e-4)
                #expect(abs(Double(plane.positions[index].y) - position[1]) < 1e-4)
                #expect(plane.position(of: statistics.validRows[index]) == plane.positions[index])
            }
            for row in fixture.expected.reserved { #expect(plane.position(of: Int32(row)) == nil) }
        }
    }

    /// A copy of a base row lies where that row lies, to the bit, whatever lies beside it.
    @Test func newRowsLieAmongTheTables() throws {
        try withRandomTable(rows: 700, columns: 24) { table in
            let generator = TrainingFreeGenerator(tied: table)
            let rows = GeneratedRows(count: 3, shape: RowShape(dimension: 24))
            for (place, row) in [(0, 699), (1, 5), (2, 512)] as [(Int, Int32)] {
                try generator.generate(.combination(.mean(of: [row])), into: rows, at: place)
            }
            var pauses = 0
            let plane = try generator.input.principalPlane { pauses += 1 }
            // Two blocks for the covariance and two for the positions, and iterations.
            #expect(pauses > 4)
            pauses = 0
            let positions = try generator.input.positions(of: rows.input, only: [2, 0]) { pauses += 1 }
            #expect(pauses == 0)
            #expect(positions == [plane.positions[512], plane.positions[699]])
        }
    }

    /// However far off a row is, it has a place.
    @Test func hugeRowsHavePlaces() throws {
        try withTable(rows: 4, [1, 0, -1, 0, 0, 2, 0, -2]) { table in
            let rows = GeneratedRows(count: 2, shape: RowShape(dimension: 2))
            rows.input.set(0, to: [3e38, -3e38])
            rows.input.set(1, to: [1, 1e30])
            let positions = try TrainingFreeGenerator(tied: table).input.positions(of: rows.input, only: [0, 1], pause: {})
            #expect(abs(positions[0].x + 3e38) < 1e32 && abs(positions[0].y - 3e38) < 1e32)
            #expect(abs(positions[1].x - 1e30) < 1e24)
        }
    }

    /// Rows without any variance, or in one dimension, have axes that lead nowhere.
    @Test func flatTables() throws {
        try withTable(rows: 2, [1, 2, 3, 1, 2, 3]) { table in
            let plane = try TrainingFreeGenerator(tied: table).input.principalPlane(pause: {})
            #expect(plane.positions == [.zero, .zero] && plane.axes.varianceShares == [0, 0])
        }
        try withTable(rows: 3, [1, 2, 6]) { table in
            let plane = try TrainingFreeGenerator(tied: table).input.principalPlane(pause: {})
            #expect(plane.positions == [SIMD2(-2, 0), SIMD2(-1, 0), SIMD2(3, 0)] && plane.axes.varianceShares == [1, 0])
        }
    }

    @Test func tablesWithoutAxes() throws {
        let refusals: [([Float], TrainingFreeError)] = [
            ([0, 0, 0, 0], .noValidRows(table: "table")), ([3e30, 0, 0, 3e30], .noPrincipalAxes(table: "table")),
        ]
        for (elements, error) in refusals {
            try withTable(rows: 2, elements) { table in
                let table = TrainingFreeGenerator(tied: table).input
                _ = #expect(throws: error) { try table.principalPlane(pause: {}) }
            }
        }
    }
}
