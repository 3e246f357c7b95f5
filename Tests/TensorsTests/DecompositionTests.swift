import Foundation
import Tensors
import Testing

@Suite struct DecompositionTests {
    struct Case: Decodable, CustomTestStringConvertible {
        var name: String
        var rows: Int
        var columns: Int
        var elements: [Double]
        var values: [Double]
        var rank: Int
        var target: [Double]
        var solution: [Double]
        var eigenvalues: [Double]?

        var testDescription: String { name }
    }

    static let cases: [Case] = {
        let file = URL(fileURLWithPath: fixture("word-methods/decompositions.json"))
        return (try? JSONDecoder().decode([Case].self, from: Data(contentsOf: file))) ?? []
    }()

    @Test func fixturesAreThere() { #expect(Self.cases.count == 11) }

    @Test(arguments: cases) func singularValuesAreThoseOfNumPy(_ matrix: Case) {
        let decomposition = SingularValueDecomposition(matrix.elements, rows: matrix.rows, columns: matrix.columns)
        let largest = max(matrix.values[0], 1e-300)
        for (found, expected) in zip(decomposition.values, matrix.values) { #expect(abs(found - expected) / largest < 1e-14) }
        #expect(decomposition.values.count == matrix.values.count)
        #expect(decomposition.rank == matrix.rank)
    }

    @Test(arguments: cases) func factorsMultiplyToTheMatrix(_ matrix: Case) {
        let decomposition = SingularValueDecomposition(matrix.elements, rows: matrix.rows, columns: matrix.columns)
        let largest = max(matrix.values[0], 1e-300)
        for row in 0..<matrix.rows {
            for column in 0..<matrix.columns {
                let sum = decomposition.values.indices.reduce(0) {
                    $0 + decomposition.left[$1][row] * decomposition.values[$1] * decomposition.right[$1][column]
                }
                #expect(abs(sum - matrix.elements[row * matrix.columns + column]) / largest < 1e-14)
            }
        }
        for side in [decomposition.left, decomposition.right] { expectOrthonormal(side) }
    }

    @Test(arguments: cases) func leastSquaresAreThoseOfNumPy(_ matrix: Case) {
        // The solution of a nearly singular system tells of rounding.
        guard matrix.name != "graded" && matrix.name != "hilbert" else { return }
        let decomposition = SingularValueDecomposition(matrix.elements, rows: matrix.rows, columns: matrix.columns)
        let solution = decomposition.leastSquares(matrix.target)
        let scale = max(matrix.solution.map(\.magnitude).max() ?? 0, 1e-300)
        #expect(solution.count == matrix.solution.count)
        for (found, expected) in zip(solution, matrix.solution) { #expect(abs(found - expected) / scale < 1e-10) }
    }

    /// (AᵀA + ρ I) x = Aᵀ t
    @Test func ridgesDampen() {
        let solution = SingularValueDecomposition([2, 0, 0, 1], rows: 2, columns: 2).leastSquares([4, 3], ridge: 0.5)
        #expect(abs(solution[0] - 8 / 4.5) < 1e-15 && abs(solution[1] - 3 / 1.5) < 1e-15)
    }

    @Test(arguments: cases.filter { $0.eigenvalues != nil }) func eigenvaluesAreThoseOfNumPy(_ matrix: Case) throws {
        let size = matrix.rows
        var symmetric = matrix.elements
        for row in 0..<size {
            for column in 0..<size {
                symmetric[row * size + column] =
                    (matrix.elements[row * size + column] + matrix.elements[column * size + row]) / 2
            }
        }
        let expected = try #require(matrix.eigenvalues)
        let system = SymmetricEigensystem(symmetric, size: size)
        let scale = max(expected.map(\.magnitude).max() ?? 0, 1e-300)
        let vectors = (0..<size).map(system.vector)
        expectOrthonormal(vectors)
        for (index, value) in system.values.enumerated() {
            #expect(abs(value - expected[index]) / scale < 1e-14)
            for row in 0..<size {
                let image = (0..<size).reduce(0) { $0 + symmetric[row * size + $1] * vectors[index][$1] }
                #expect(abs(image - value * vectors[index][row]) / scale < 1e-14)
            }
            let largest = vectors[index].max { $0.magnitude < $1.magnitude } ?? 0
            #expect(largest > 0)
        }
    }

    @Test func matricesThatAreNotFiniteEndNothing() {
        let matrix = [1, .nan, 2, .infinity, 0, 1, 2, 1, 3]
        #expect(!SingularValueDecomposition(matrix, rows: 3, columns: 3).values.allSatisfy { $0.isFinite })
        #expect(!SymmetricEigensystem(matrix, size: 3).values.allSatisfy { $0.isFinite })
    }

    @Test func emptyMatrices() {
        #expect(SingularValueDecomposition([], rows: 0, columns: 0).leastSquares([]).isEmpty)
        #expect(SingularValueDecomposition([], rows: 0, columns: 3).values.isEmpty)
        #expect(SymmetricEigensystem([], size: 0).values.isEmpty)
        #expect(SymmetricEigensystem([-3], size: 1).values == [-3])
    }

    private func expectOrthonormal(_ vectors: [[Double]]) {
        for (a, first) in vectors.enumerated() {
            for (b, second) in vectors.enumerated() {
                let product = zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
                #expect(abs(product - (a == b ? 1 : 0)) < 1e-12)
            }
        }
    }
}
