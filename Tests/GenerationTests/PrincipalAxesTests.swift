import Foundation
import Testing

@testable import Generation

@Suite struct PrincipalAxesTests {
    private struct Expected: Decodable {
        var rows: Int
        var axes: [[Double]]
        var shares: [Double]
        var positions: [String: [Double]]
    }

    @Test func theDefaultModelsAreThoseOfNumPy() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/principal-axes/minilm.json")
        let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: file))
        let plane = try sharedBase.get().trainingFree.input.principalPlane(pause: {})
        #expect(plane.positions.count == expected.rows)
        for (direction, axis) in zip(plane.axes.directions, expected.axes) {
            #expect(zip(direction, axis).reduce(0) { $0 + $1.0 * $1.1 } > 1 - 1e-9)
        }
        #expect(zip(plane.axes.varianceShares, expected.shares).allSatisfy { abs($0 - $1) < 1e-6 })
        for (id, expected) in expected.positions {
            let position = try #require(Int32(id).flatMap(plane.position))
            #expect(abs(Double(position.x) - expected[0]) < 1e-5 && abs(Double(position.y) - expected[1]) < 1e-5)
        }
    }
}
