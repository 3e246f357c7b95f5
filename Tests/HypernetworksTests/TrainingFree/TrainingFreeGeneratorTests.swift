import Hypernetworks
import Tensors
import Testing

@Suite struct TrainingFreeGeneratorTests {
    /// Float32 sums of up to seven rows, or of sixteen products, beside NumPy's in float64.
    private static let tolerance = 2e-6

    @Test(arguments: TrainingFreeFixture.formats) func combinesRowsAsNumPyDoes(format: String) throws {
        let fixture = try TrainingFreeFixture(format)
        for expected in fixture.expected.combinations {
            let combination = try expected.combination()
            let rows = try fixture.generate(.combination(combination))
            #expect(deviation(rows.input.row(0), expected.input) < Self.tolerance, "\(combination)")
            #expect(try deviation(#require(rows.output).row(0), expected.output) < Self.tolerance, "\(combination)")
            #expect(try deviation(#require(rows.bias).row(0), [expected.bias]) < Self.tolerance, "\(combination)")
            #expect(deviation([combination.effectiveRows], [expected.effectiveRows]) < Self.tolerance)
            if let magnitude = expected.weightMagnitude {
                #expect(deviation([combination.weightMagnitude], [magnitude]) < Self.tolerance)
            }
        }
    }

    @Test(arguments: TrainingFreeFixture.formats) func samplesWhatNumPySamples(format: String) throws {
        let fixture = try TrainingFreeFixture(format)
        for expected in fixture.expected.samples {
            let seed = TokenSeed.seed(expected.request, token: Array(expected.token.utf8))
            #expect(String(seed) == expected.seed)
            try check(fixture.generate(.normal(seed: seed)), expected.normal)
            // A relative error of 2⁻²³ in the covariance moves its factor by the condition number's multiple of it at worst.
            let condition = fixture.expected.statistics.values.map(\.condition).max() ?? 0
            try check(
                fixture.generate(.multivariate(scale: 0.25, seed: seed)), expected.multivariate,
                tolerance: condition * 0x1p-23)
            for script in expected.script {
                let rows = try fixture.generate(.script(script.class.scriptClass, seed: seed))
                try check(rows, .init(input: script.input, output: script.output, bias: script.bias))
            }
        }
    }

    private func check(
        _ rows: GeneratedRows, _ expected: TrainingFreeFixture.Rows, tolerance: Double = tolerance
    ) throws {
        #expect(deviation(rows.input.row(0), expected.input) < tolerance)
        #expect(try deviation(#require(rows.output).row(0), expected.output) < tolerance)
        #expect(try (Double(#require(rows.bias).row(0)[0]) - expected.bias).magnitude < Self.tolerance)
    }

    @Test(arguments: TrainingFreeFixture.formats) func takesStatisticsOfValidRows(format: String) throws {
        let fixture = try TrainingFreeFixture(format)
        for (key, table) in [("input", fixture.generator.input), ("output", fixture.generator.output)] {
            let expected = try #require(fixture.expected.statistics[key])
            let statistics = table.statistics
            #expect(statistics.validRows == expected.validRows)
            #expect(deviation(statistics.moments.mean, expected.mean) < 1e-6)
            #expect(deviation(statistics.moments.standardDeviation, expected.std) < 1e-6)
            #expect((statistics.meanNorm / expected.meanNorm - 1).magnitude < 1e-12)
            for (q, norm) in zip([0, 0.01, 0.5, 0.99, 1], expected.quantiles) {
                #expect((statistics.normQuantile(q) / norm - 1).magnitude < 1e-12)
            }
        }
    }

    @Test(arguments: TrainingFreeFixture.formats) func oneRowIsCopiedToTheBit(format: String) throws {
        let fixture = try TrainingFreeFixture(format)
        let input = try fixture.input.floats()
        let output = try fixture.output.floats()
        let bias = try fixture.bias.floats()
        for row in [Int32(7), 11, 299] {
            let copies =
                try [Combination.mean(of: [row]), .explicit([(row, 0.3)]), .explicit([(row, -7), (20, 0)])]
                + PieceWeighting.allCases.map { try .weighted([row], $0) }
            for copy in copies {
                let rows = try fixture.generate(.combination(copy))
                let range = Int(row) * 16..<Int(row + 1) * 16
                let expected = input[range] + output[range] + [bias[Int(row)]]
                #expect(rows.bits(0) == expected.map(\.bitPattern))
            }
        }
    }

    @Test func negativeZerosAreCopiedToo() throws {
        try withTable(rows: 2, [-0.0, 1, .nan, 2]) { table in
            let rows = GeneratedRows(count: 1, shape: RowShape(dimension: 2, hasOutput: true, hasBias: true))
            let generator = TrainingFreeGenerator(tied: table)
            // The row that is not a number has no weight in the input row, the other none in the output row.
            try generator.generate(.combination(.weighted([1, 0], .firstLast)), into: rows, at: 0)
            #expect(rows.input.row(0).map(\.bitPattern) == [Float(-0.0), 1].map(\.bitPattern))
            #expect(rows.output?.row(0)[0].isNaN == true && rows.output?.row(0)[1] == 2)
            #expect(rows.bias?.row(0) == [0])
            #expect(generator.input.statistics.validRows == [0])
        }
    }

    /// Alone, among others, in any order, by any thread: the same bits.
    @Test func rowBitsDependOnTheRecipeAlone() async throws {
        let fixture = try TrainingFreeFixture("float32")
        var recipes: [RowRecipe] = try fixture.expected.combinations.map { .combination(try $0.combination()) }
        for seed: UInt64 in 0..<20 {
            recipes += [.normal(seed: seed), .multivariate(scale: 1, seed: seed)]
            recipes.append(.script(ScriptClass(script: "Latn", isInitial: true), seed: seed))
        }
        let alone = try recipes.map { try TrainingFreeFixture("float32").generate($0).bits(0) }
        let together = fixture.rows(recipes.count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in recipes.indices.shuffled() {
                group.addTask { [recipes, generator = fixture.generator] in
                    try generator.generate(recipes[index], into: together, at: index)
                }
            }
            try await group.waitForAll()
        }
        for index in recipes.indices { #expect(together.bits(index) == alone[index]) }
    }

    /// Twenty thousand samples have the moments that they are drawn from.
    @Test func samplesHaveTheBasesCovariance() throws {
        let fixture = try TrainingFreeFixture("float32")
        let expected = try #require(fixture.expected.statistics["input"])
        let count = 20_000
        let rows = fixture.rows(count)
        for index in 0..<count {
            let seed = TokenSeed.seed(3, token: Array("\(index)".utf8))
            try fixture.generator.generate(.multivariate(scale: 4, seed: seed), into: rows, at: index)
        }
        for column in 0..<16 {
            let values = (0..<count).map { row in rows.input.withRow(row) { Double($0[column]) } }
            let mean = values.reduce(0, +) / Double(count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
            #expect((mean - expected.mean[column]).magnitude < 5 * 2 * expected.std[column] / Double(count).squareRoot())
            #expect((variance.squareRoot() / (2 * expected.std[column]) - 1).magnitude < 0.03)
        }
    }

    @Test func badRecipesAreNamed() throws {
        let fixture = try TrainingFreeFixture("float32")
        for row: Int32 in [-1, 300] {
            #expect(throws: TrainingFreeError.rowOutOfRange(row: row, limit: 300)) {
                _ = try fixture.generate(.combination(.mean(of: [1, row])))
            }
        }
        #expect(throws: TrainingFreeError.invalidScale(-1)) { _ = try fixture.generate(.multivariate(scale: -1, seed: 0)) }
        try withTable(rows: 2, [0, 0, .infinity, 1]) { table in
            let generator = TrainingFreeGenerator(tied: table)
            let rows = GeneratedRows(count: 1, shape: RowShape(dimension: 2))
            for recipe in [RowRecipe.normal(seed: 1), .multivariate(scale: 1, seed: 1)] {
                #expect(throws: TrainingFreeError.noValidRows(table: "table")) {
                    try generator.generate(recipe, into: rows, at: 0)
                }
            }
            rows.input.set(0, to: [1, 2])
            for policy in NormPolicy.allCases {
                #expect(policy.apply(to: rows, only: [0], of: generator, pause: {}) == [NormFactors(input: 1, output: nil)])
            }
            let diagnostics = try generator.input.diagnostics(of: rows.input, only: [0], pieces: [[]], pause: {})
            #expect(diagnostics[0].nearest.isEmpty && diagnostics[0].normRatio == 0 && diagnostics[0].cosineToPieces == nil)
        }
        try withTable(rows: 3, [3e38, 1, -3e38, 2, 1e38, 3]) { table in
            let rows = GeneratedRows(count: 1, shape: RowShape(dimension: 2))
            #expect(throws: TrainingFreeError.covarianceNotFactored(table: "table")) {
                try TrainingFreeGenerator(tied: table).generate(.multivariate(scale: 1, seed: 1), into: rows, at: 0)
            }
        }
    }

    /// Fewer rows than dimensions, and equal rows: their covariance is singular, a sample still lies among them.
    @Test func singularCovariancesAreSampled() throws {
        try withRandomTable(rows: 20, columns: 150) { table in
            let rows = GeneratedRows(count: 1, shape: RowShape(dimension: 150))
            try TrainingFreeGenerator(tied: table).generate(.multivariate(scale: 1, seed: 1), into: rows, at: 0)
            #expect(rows.input.row(0).allSatisfy { $0.magnitude < 4 })
        }
        try withTable(rows: 3, [1, 2, 1, 2, 1, 2]) { table in
            let rows = GeneratedRows(count: 1, shape: RowShape(dimension: 2))
            try TrainingFreeGenerator(tied: table).generate(.multivariate(scale: 1, seed: 1), into: rows, at: 0)
            #expect(deviation(rows.input.row(0), [1, 2]) < 1e-6)
        }
    }
}

@Suite struct CombinationTests {
    @Test func refusesWeightsThatAreNone() throws {
        #expect(throws: TrainingFreeError.noPieces) { _ = try Combination.mean(of: []) }
        #expect(throws: TrainingFreeError.noPieces) { _ = try Combination.explicit([]) }
        for weighting in PieceWeighting.allCases {
            #expect(throws: TrainingFreeError.noPieces) { _ = try Combination.weighted([], weighting) }
        }
        for weight in [Double.nan, .infinity, -.infinity] {
            #expect(throws: TrainingFreeError.weightNotFinite(index: 1)) {
                _ = try Combination.explicit([(1, 1), (2, weight)])
            }
        }
        #expect(throws: TrainingFreeError.cancellingWeights(sum: 0, magnitude: 2)) {
            _ = try Combination.explicit([(1, 1), (2, -1)])
        }
        #expect(throws: TrainingFreeError.cancellingWeights(sum: 0, magnitude: 0)) { _ = try Combination.explicit([(1, 0)]) }
        #expect(throws: TrainingFreeError.self) { _ = try Combination.explicit([(1, 1), (2, -0.9999)]) }
    }

    @Test func longTokensHaveFiniteWeights() throws {
        let pieces = (0..<20_000).map { Int32($0) }
        for weighting in PieceWeighting.allCases where weighting != .sum {
            let combination = try Combination.weighted(pieces, weighting)
            for weights in [combination.inputWeights, combination.outputWeights] {
                #expect((weights.reduce(0) { $0 + Double($1) } - 1).magnitude < 1e-5)
            }
        }
    }

    @Test func everyTokenHasItsOwnSeed() {
        let seeds = Set((0..<100).flatMap { seed in
            (0..<100).map { TokenSeed.seed(seed, token: Array("token \($0)".utf8)) }
        })
        #expect(seeds.count == 10_000)
    }
}
