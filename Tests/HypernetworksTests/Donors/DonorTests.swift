import Hypernetworks
import Tensors
import Testing

@Suite struct DonorTests {
    struct Fixture: Decodable {
        struct Mix: Decodable {
            var rows: [Int32]
            var weights: [Double]
            var result: [Double]
        }

        var donor: [[Float]]
        var base: [[Double]]
        var shared: [[Int32]]
        var targets: [[Float]]
        var expected: [String: [Mix]]

        func withDonor<Result>(_ body: (DonorTable) throws -> Result) throws -> Result {
            try withTable(rows: donor.count, donor.flatMap(\.self)) { table in
                try body(DonorTable(table, shared: shared.map { ($0[0], $0[1]) }, baseCount: base.count))
            }
        }
    }

    @Test func pursuitIsThatOfNumPy() throws {
        let fixture: Fixture = try decodeFixture("word-methods/donors.json")
        try fixture.withDonor { donor in
            let found = try OrthogonalMatchingPursuit(atoms: 8).combinations(of: fixture.targets, from: donor, pause: {})
            try check(found, fixture, #require(fixture.expected["omp"]))
            // A multiple of the longest atom is that and nothing else.
            let longest = fixture.donor[..<180].max { squares($0) < squares($1) } ?? []
            let multiple = try OrthogonalMatchingPursuit(atoms: 8)
                .combinations(of: [longest.map { -2 * $0 }], from: donor, pause: {})[0].get()
            #expect(multiple.rows.map { fixture.donor[179 - Int($0)] } == [longest])
            #expect(abs(multiple.inputWeights[0] + 2) < 1e-5 && abs(multiple.weightMagnitude - 2) < 1e-5)
        }
    }

    @Test(arguments: NeighborInterpolation.Metric.allCases, NeighborInterpolation.Weighting.allCases)
    func interpolationIsThatOfNumPy(metric: NeighborInterpolation.Metric, weighting: NeighborInterpolation.Weighting) throws {
        let fixture: Fixture = try decodeFixture("word-methods/donors.json")
        try fixture.withDonor { donor in
            let interpolation = try NeighborInterpolation(count: 10, metric: metric, weighting: weighting)
            let found = interpolation.combinations(of: fixture.targets, from: donor, pause: {})
            try check(found, fixture, #require(fixture.expected["\(metric.rawValue) \(weighting.rawValue)"]))
            if weighting != .leastSquares {
                for result in found { #expect(try abs(result.get().inputWeights.reduce(0, +) - 1) < 1e-5) }
            }
        }
    }

    private func squares(_ row: [Float]) -> Float { row.reduce(0) { $0 + $1 * $1 } }

    private func check(_ found: [Result<Combination, DonorError>], _ fixture: Fixture, _ expected: [Fixture.Mix]) throws {
        #expect(found.count == expected.count)
        for (result, expected) in zip(found, expected) {
            let combination = try result.get()
            #expect(combination.rows == expected.rows)
            #expect(deviation(combination.inputWeights, expected.weights) < 1e-5)
            #expect(deviation(fixture.base.mixed(combination), expected.result) < 1e-5)
        }
    }

    @Test func combinationsDoNotDependOnTheBatch() throws {
        let fixture: Fixture = try decodeFixture("word-methods/donors.json")
        try fixture.withDonor { donor in
            let batch = Array((0..<8).map { fixture.targets[$0 % 6] }.reversed())
            let pursuit = try OrthogonalMatchingPursuit(atoms: 8)
            let interpolation = try NeighborInterpolation(count: 6, metric: .cosine, weighting: .barycentric)
            let pursued = try pursuit.combinations(of: batch, from: donor, pause: {})
            let interpolated = interpolation.combinations(of: batch, from: donor, pause: {})
            for (index, row) in batch.enumerated() {
                #expect(try pursuit.combinations(of: [row], from: donor, pause: {}) == [pursued[index]])
                #expect(interpolation.combinations(of: [row], from: donor, pause: {}) == [interpolated[index]])
            }
            // More than there are.
            let all = try NeighborInterpolation(count: 1000).combinations(of: [batch[0]], from: donor, pause: {})
            #expect(try all[0].get().rows.count == 180)
        }
    }

    /// Copies of one atom have no weights of their own: the pursuit takes one of them, the system of the others the shortest.
    @Test func dependentAtoms() throws {
        try withTable(rows: 5, [1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0]) { table in
            let donor = try DonorTable(table, shared: (0..<4).map { ($0, $0) }, baseCount: 4)
            let found = try OrthogonalMatchingPursuit(atoms: 1).combinations(of: [[3, 0, 0, 0]], from: donor, pause: {})
            #expect(try found[0].get().rows == [2])
            for weighting in NeighborInterpolation.Weighting.allCases {
                let combination = try NeighborInterpolation(weighting: weighting)
                    .combinations(of: [[3, 0, 0, 0]], from: donor, pause: {})[0].get()
                #expect(combination.inputWeights.allSatisfy { $0.isFinite })
            }
        }
    }

    @Test func rowsThatCannotBeUsedAreNotMixed() throws {
        try withTable(rows: 6, [1, 0, .nan, 0, 0, 0, 0, 1, 1e30, 0, 1, 1]) { table in
            let donor = try DonorTable(table, shared: (0..<6).map { ($0, 5 - $0) } + [(0, 2)], baseCount: 6)
            #expect(donor.donorRows == [0, 3, 5] && donor.baseRows == [2, 2, 0])
            let found = NeighborInterpolation().combinations(
                of: [[1, 1], [0, 0], [.nan, 1], [1], [.infinity, 0], [1, 2]], from: donor, pause: {})
            #expect(try found[0].get().rows.first == 0)
            #expect(found[1] == .failure(.noDirection) && found[2] == .failure(.noDirection))
            #expect(found[3] == .failure(.wrongWidth(expected: 2, found: 1)) && found[4] == .failure(.noDirection))
            #expect(try found[5].get().rows.count == 3)
        }
    }

    @Test func refusals() throws {
        try withTable(rows: 2, Array(repeating: 0, count: 8) + Array(repeating: 1, count: 8)) { table in
            #expect(throws: DonorError.idOutOfRange(table: "table", id: 2, limit: 2)) {
                try DonorTable(table, shared: [(2, 0)], baseCount: 1)
            }
            #expect(throws: DonorError.idOutOfRange(table: "base", id: -1, limit: 1)) {
                try DonorTable(table, shared: [(1, -1)], baseCount: 1)
            }
            #expect(throws: DonorError.noSharedTokens(table: "table")) {
                try DonorTable(table, shared: [(0, 0)], baseCount: 1)
            }
            #expect(throws: DonorError.invalidCount(0)) { try OrthogonalMatchingPursuit(atoms: 0) }
            #expect(throws: DonorError.invalidCount(-1)) { try NeighborInterpolation(count: -1) }
            let donor = try DonorTable(table, shared: [(1, 0)], baseCount: 1)
            for atoms in [3, Int.max] {
                #expect(throws: DonorError.tooNarrow(dimension: 8, atoms: atoms)) {
                    try OrthogonalMatchingPursuit(atoms: atoms).combinations(of: [], from: donor, pause: {})
                }
            }
            // Orthogonal to the one atom.
            let row: [Float] = [1, -1, 1, -1, 1, -1, 1, -1]
            let pursued = try OrthogonalMatchingPursuit(atoms: 2).combinations(of: [row], from: donor, pause: {})
            #expect(pursued == [.failure(.noDirection)])
            guard case .failure(.unusableWeights(.cancellingWeights)) = try NeighborInterpolation(metric: .cosine)
                .combinations(of: [row], from: donor, pause: {})[0]
            else {
                Issue.record("weights of cosine 0")
                return
            }
        }
    }
}
