import Hypernetworks
import Tensors
import Testing

@Suite struct AuxiliaryVectorsTests {
    struct Fixture: Decodable {
        struct Mix: Decodable {
            var rows: [Int32]?
            var weights: [Double]?
            /// The row that comes out.
            var result: [Double]
        }

        var table: [[Float]]
        var vectors: [[Float]]
        var base: [[Double]]
        var wechsel: [Mix?]
        var focus: [Mix?]
        var proportional: [Mix?]

        func auxiliary() throws -> AuxiliaryVectors { try AuxiliaryVectorsTests.auxiliary(table) }
    }

    static let fixtures = ["weightings", "weightings-flat"]

    static func auxiliary(_ table: [[Float]], isUsable: (Int) -> Bool = { _ in true }) throws -> AuxiliaryVectors {
        try AuxiliaryVectors(storage(table), name: "table", baseRows: table.count, isUsable: isUsable)
    }

    static func storage(_ rows: [[Float]]) -> RowStorage {
        let storage = RowStorage(rows: rows.count, columns: rows[0].count)
        for (index, row) in rows.enumerated() { storage.set(index, to: row) }
        return storage
    }

    /// Rows of `wechsel.create_target_embeddings`.
    @Test func softmaxIsThatOfWECHSEL() throws {
        let fixture: Fixture = try decodeFixture("word-methods/weightings.json")
        try check(fixture, .nearestTen, fixture.wechsel)
    }

    /// Rows of `deepfocus`, whose float32 similarities differ from ours in the last digits: with 700 of them between 1 − 1e-6
    /// and 1 they are all that there is.
    @Test(arguments: fixtures) func sparsemaxIsThatOfFOCUS(name: String) throws {
        let fixture: Fixture = try decodeFixture("word-methods/\(name).json")
        try check(fixture, .sparsemax, fixture.focus, tolerance: name == "weightings" ? 1e-5 : 1e-3)
    }

    @Test(arguments: fixtures) func proportionalIsThatOfNumPy(name: String) throws {
        let fixture: Fixture = try decodeFixture("word-methods/\(name).json")
        try check(fixture, .proportional, fixture.proportional)
    }

    private func check(
        _ fixture: Fixture, _ weighting: SimilarityWeighting, _ expected: [Fixture.Mix?], tolerance: Double = 1e-5
    ) throws {
        let mixtures = try fixture.auxiliary().mixtures(for: fixture.vectors, weighting: weighting, pause: {})
        #expect(mixtures.count == expected.count)
        for (mixture, expected) in zip(mixtures, expected) {
            guard let expected else {
                #expect(mixture == .uncovered)
                continue
            }
            guard case .combination(let combination, _) = mixture else {
                Issue.record("\(mixture)")
                continue
            }
            #expect(deviation(fixture.base.mixed(combination), expected.result) < tolerance)
            if let weights = expected.weights { #expect(deviation(combination.inputWeights, weights) < tolerance) }
            if let rows = expected.rows { #expect(combination.rows == rows) }
        }
    }

    /// The support of each is larger than the candidates that are tried first.
    @Test func sparsemaxLooksAtAllRowsWhereItMust() throws {
        let fixture: Fixture = try decodeFixture("word-methods/weightings-flat.json")
        for mixture in try fixture.auxiliary().mixtures(for: fixture.vectors, weighting: .sparsemax, pause: {}) {
            #expect(mixture.combination?.rows.count ?? 0 > 512)
        }
    }

    @Test(arguments: [SimilarityWeighting.nearestTen, .sparsemax, .proportional, .softmax(count: 1000, temperature: 1e-30)])
    func weightsSumToOne(weighting: SimilarityWeighting) throws {
        let fixture: Fixture = try decodeFixture("word-methods/weightings.json")
        for mixture in try fixture.auxiliary().mixtures(for: fixture.vectors, weighting: weighting, pause: {}) {
            guard let weights = mixture.combination?.inputWeights else { continue }
            #expect(abs(weights.reduce(0) { $0 + Double($1) } - 1) < 1e-5)
            if weighting != .proportional { #expect(weights.allSatisfy { $0 >= 0 }) }
        }
    }

    /// To the bit: in one batch, alone, in another order.
    @Test(arguments: [SimilarityWeighting.nearestTen, .sparsemax, .proportional])
    func mixturesDoNotDependOnTheBatch(weighting: SimilarityWeighting) throws {
        for name in Self.fixtures {
            let fixture: Fixture = try decodeFixture("word-methods/\(name).json")
            let auxiliary = try fixture.auxiliary()
            let vectors = Array((0..<50).map { fixture.vectors[$0 % fixture.vectors.count] }.reversed())
            let together = try auxiliary.mixtures(for: vectors, weighting: weighting, pause: {})
            for (index, vector) in vectors.enumerated() {
                #expect(try auxiliary.mixtures(for: [vector], weighting: weighting, pause: {}) == [together[index]])
            }
        }
    }

    @Test(arguments: [SimilarityWeighting.nearestTen, .sparsemax])
    func permutingTheTablePermutesTheRows(weighting: SimilarityWeighting) throws {
        let fixture: Fixture = try decodeFixture("word-methods/weightings.json")
        let order = Array(fixture.table.indices).shuffled()
        let permuted = try Self.auxiliary(order.map { fixture.table[$0] })
        let mixtures = try permuted.mixtures(for: fixture.vectors, weighting: weighting, pause: {})
        let originals = try fixture.auxiliary().mixtures(for: fixture.vectors, weighting: weighting, pause: {})
        for (mixture, original) in zip(mixtures, originals) {
            #expect(mixture.combination?.rows.map { Int32(order[Int($0)]) } == original.combination?.rows)
            #expect(mixture.combination?.inputWeights == original.combination?.inputWeights)
        }
    }

    @Test func equalSimilaritiesGoToTheLowestID() throws {
        let table = (0..<40).map { [Float($0 % 2), 1] }
        let weighting = SimilarityWeighting.softmax(count: 5, temperature: 1)
        let mixtures = try Self.auxiliary(table).mixtures(for: [[0, 3]], weighting: weighting, pause: {})
        #expect(mixtures[0].combination?.rows == [0, 2, 4, 6, 8])
    }

    /// The same whether the vectors are mapped, widened from half precision or held.
    @Test func mappedTablesAreReadLikeHeldOnes() throws {
        let fixture: Fixture = try decodeFixture("word-methods/weightings.json")
        let held = try fixture.auxiliary().mixtures(for: fixture.vectors, weighting: .sparsemax, pause: {})
        try withTable(rows: fixture.table.count, fixture.table.flatMap(\.self)) { table in
            let auxiliary = try AuxiliaryVectors(table, baseRows: fixture.table.count)
            #expect(try auxiliary.mixtures(for: fixture.vectors, weighting: .sparsemax, pause: {}) == held)
            #expect(throws: AuxiliaryVectorError.wrongShape(table: "table", expectedRows: 299, found: [300, 16])) {
                try AuxiliaryVectors(table, baseRows: 299)
            }
        }
    }

    @Test func rowsThatCannotBeUsedAreNotMixed() throws {
        let table: [[Float]] = [[0, 0], [.nan, 1], [1, 0], [.infinity, 0], [3e38, 3e38], [1e-30, 0], [0.5, 1], [1, 1]]
        let auxiliary = try Self.auxiliary(table) { $0 != 7 }
        #expect(auxiliary.usableRows == [2, 5, 6])
        for weighting in [SimilarityWeighting.softmax(count: 100, temperature: 0.1), .sparsemax, .proportional] {
            let mixtures = try auxiliary.mixtures(
                for: [[1, 1], nil, [0, 0], [.nan, 0], [.infinity, 1]], weighting: weighting, pause: {})
            #expect(mixtures[0].combination?.rows.allSatisfy { auxiliary.usableRows.contains($0) } == true)
            #expect(mixtures[0].combination?.inputWeights.allSatisfy { $0.isFinite } == true)
            #expect(mixtures[1...].allSatisfy { $0 == .uncovered })
            #expect(try mixtures[1].recipe(seed: 7) == .normal(seed: 7))
        }
    }

    @Test func refusals() throws {
        #expect(throws: AuxiliaryVectorError.noUsableRows(table: "table")) { try Self.auxiliary([[0, 0], [0, .nan]]) }
        let auxiliary = try Self.auxiliary([[1, 0], [-1, 0]])
        #expect(throws: AuxiliaryVectorError.wrongWidth(index: 1, expected: 2, found: 3)) {
            try auxiliary.mixtures(for: [[1, 2], [1, 2, 3]], weighting: .sparsemax, pause: {})
        }
        #expect(throws: AuxiliaryVectorError.invalidCount(0)) {
            try auxiliary.mixtures(for: [], weighting: .softmax(count: 0, temperature: 1), pause: {})
        }
        for temperature in [0, -1, Float.infinity] {
            #expect(throws: AuxiliaryVectorError.invalidTemperature(temperature)) {
                try auxiliary.mixtures(for: [], weighting: .softmax(count: 1, temperature: temperature), pause: {})
            }
        }
        // Similarities of 1 and −1.
        let mixture = try auxiliary.mixtures(for: [[1, 0]], weighting: .proportional, pause: {})[0]
        #expect(throws: TrainingFreeError.self) { try mixture.recipe(seed: 0) }
        #expect(try auxiliary.mixtures(for: [], weighting: .sparsemax, pause: {}).isEmpty)
    }

    /// Beside the projection onto the simplex by bisection of its threshold, which needs no sorting.
    @Test func sparsemaxIsTheProjectionOntoTheSimplex() throws {
        var generator = SystemRandomNumberGenerator()
        for count in [1, 2, 3, 10, 600, 900] {
            let spread = Float.random(in: 0.001...0.9, using: &generator)
            let cosines = (0..<count).map { _ in Float.random(in: 0.9 - spread...0.9, using: &generator) }
            let table = cosines.map { [$0, (1 - $0 * $0).squareRoot()] }
            let mixture = try Self.auxiliary(table).mixtures(for: [[1, 0]], weighting: .sparsemax, pause: {})[0]
            let combination = try #require(mixture.combination)
            var (low, high) = (-2.0, 1.0)
            for _ in 0..<200 {
                let middle = (low + high) / 2
                if cosines.reduce(0, { $0 + max(Double($1) - middle, 0) }) > 1 { low = middle } else { high = middle }
            }
            var found = [Double](repeating: 0, count: count)
            for (row, weight) in zip(combination.rows, combination.inputWeights) { found[Int(row)] = Double(weight) }
            for (weight, cosine) in zip(found, cosines) { #expect(abs(weight - max(Double(cosine) - low, 0)) < 1e-6) }
        }
    }

    /// The rows that a combination becomes are those that the existing machinery makes of it.
    @Test func mixturesBecomeRows() throws {
        try withTable(rows: 3, [1, 2, 3, 4, 5, 6]) { base in
            let mixture = try Self.auxiliary([[1, 0], [0, 1], [0, 0]]).mixtures(
                for: [[2, 0]], weighting: .softmax(count: 1, temperature: 1), pause: {})[0]
            let rows = GeneratedRows(count: 1, shape: RowShape(dimension: 2))
            try TrainingFreeGenerator(tied: base).generate(mixture.recipe(seed: 1), into: rows, at: 0)
            #expect(rows.input.row(0) == [1, 2])
        }
    }
}

extension Mixture {
    var combination: Combination? {
        guard case .combination(let combination, _) = self else { return nil }
        return combination
    }
}

extension [[Double]] {
    /// Rows mixed in float64.
    func mixed(_ combination: Combination) -> [Float] {
        self[0].indices.map { column in
            Float(zip(combination.rows, combination.inputWeights).reduce(0) { $0 + self[Int($1.0)][column] * Double($1.1) })
        }
    }
}
