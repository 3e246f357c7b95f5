import Foundation
import Hypernetworks
import Tensors

/// The made-up base of Tests/Fixtures/training-free, and what NumPy made of it.
struct TrainingFreeFixture {
    static let formats = ["float32", "bfloat16"]

    let input: MappedTensor
    let output: MappedTensor
    let bias: MappedTensor
    let expected: Expected
    let generator: TrainingFreeGenerator

    struct Missing: Error { var key: String }

    init(_ format: String) throws {
        let file = try SafetensorsFile(path: fixture("training-free/base-\(format).safetensors"))
        func tensor(_ key: String) throws -> MappedTensor {
            guard let tensor = file[key] else { throw Missing(key: key) }
            return tensor
        }
        input = try tensor("input")
        output = try tensor("output")
        bias = try tensor("bias")
        expected = try decodeFixture("training-free/expected-\(format).json")
        let reserved = Set(expected.reserved)
        let classes = expected.classes.map { $0?.scriptClass }
        generator = TrainingFreeGenerator(
            input: input, output: output, bias: bias, validRows: { !reserved.contains($0) }, scriptClass: { classes[$0] })
    }

    /// Room for rows of this base.
    func rows(_ count: Int) -> GeneratedRows {
        GeneratedRows(count: count, shape: RowShape(dimension: input.rowWidth, hasOutput: true, hasBias: true))
    }

    /// The rows of one recipe.
    func generate(_ recipe: RowRecipe) throws -> GeneratedRows {
        let rows = rows(1)
        try generator.generate(recipe, into: rows, at: 0)
        return rows
    }

    struct Expected: Decodable {
        var reserved: [Int]
        var classes: [ClassName?]
        var combinations: [CombinationCase]
        var samples: [SampleCase]
        var judged: [JudgedCase]
        var statistics: [String: StatisticsCase]
    }

    /// ["Latn", true]
    struct ClassName: Decodable {
        var scriptClass: ScriptClass

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            scriptClass = ScriptClass(script: try values.decode(String.self), isInitial: try values.decode(Bool.self))
        }
    }

    /// [row, number]
    struct NumberedRow: Decodable {
        var row: Int32
        var number: Double

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            row = try values.decode(Int32.self)
            number = try values.decode(Double.self)
        }
    }

    struct CombinationCase: Decodable {
        var weighting: String?
        var pieces: [Int32]?
        var sources: [NumberedRow]?
        var input: [Double]
        var output: [Double]
        var bias: Double
        var effectiveRows: Double
        var weightMagnitude: Double?

        func combination() throws -> Combination {
            if let sources { return try .explicit(sources.map { ($0.row, $0.number) }) }
            let pieces = pieces ?? []
            guard let weighting = weighting.flatMap(PieceWeighting.init) else { return try .mean(of: pieces) }
            return try .weighted(pieces, weighting)
        }
    }

    struct Rows: Decodable {
        var input: [Double]
        var output: [Double]
        var bias: Double
    }

    struct SampleCase: Decodable {
        struct ScriptCase: Decodable {
            var `class`: ClassName
            var input: [Double]
            var output: [Double]
            var bias: Double
        }

        var request: UInt64
        var token: String
        var seed: String
        var normal: Rows
        var multivariate: Rows
        var script: [ScriptCase]
    }

    struct JudgedCase: Decodable {
        struct Side: Decodable {
            var row: [Float]
            var diagnostics: DiagnosticsCase
            var factors: [String: Double]
        }

        var pieces: [Int32]
        var input: Side
        var output: Side
    }

    struct DiagnosticsCase: Decodable {
        var norm: Double
        var normRatio: Double
        var normPercentile: Double
        var cosineToMean: Double
        var cosineToPieces: Double
        var nearest: [NumberedRow]
        var duplicateOf: Int32?
    }

    struct StatisticsCase: Decodable {
        var mean: [Double]
        var std: [Double]
        var meanNorm: Double
        var validRows: [Int32]
        var quantiles: [Double]
        /// Of the covariance.
        var condition: Double
        var principalAxes: PrincipalAxesCase
    }

    struct PrincipalAxesCase: Decodable {
        var axes: [[Double]]
        var shares: [Double]
        /// Of the first valid rows.
        var positions: [[Double]]
    }
}

func decodeFixture<Value: Decodable>(_ name: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(fileURLWithPath: fixture(name))))
}

/// A file or folder of Tests/Fixtures.
func fixture(_ name: String) -> String {
    URL(fileURLWithPath: golden("")).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)").path
}

/// A base of random rows in a file, which `body` may use.
func withRandomTable<Result>(rows: Int, columns: Int, _ body: (MappedTensor) throws -> Result) throws -> Result {
    var generator = SystemRandomNumberGenerator()
    return try withTable(rows: rows, (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &generator) }, body)
}

/// A base of these rows in a file, which `body` may use.
func withTable<Result>(rows: Int, _ elements: [Float], _ body: (MappedTensor) throws -> Result) throws -> Result {
    var writer = SafetensorsWriter()
    writer.add("table", shape: [rows, elements.count / rows], elements: elements)
    let scratch = try Scratch()
    let path = scratch.newPath()
    try Data(writer.encoded()).write(to: URL(fileURLWithPath: path))
    guard let table = try SafetensorsFile(path: path)["table"] else { throw TrainingFreeFixture.Missing(key: "table") }
    return try body(table)
}

extension TrainingFreeGenerator {
    /// Of a tied base whose rows are all valid and of no class.
    convenience init(tied table: MappedTensor) {
        self.init(input: table, output: nil, bias: nil, validRows: { _ in true }, scriptClass: { _ in nil })
    }
}

extension RowStorage {
    func row(_ row: Int) -> [Float] { withRow(row) { row in row.indices.map { row[$0] } } }

    func set(_ row: Int, to values: [Float]) {
        withMutableRow(row) { row in
            for column in values.indices { row[column] = values[column] }
        }
    }
}

/// The largest distance of two lists, relative to the largest number of the second.
func deviation(_ found: [Float], _ expected: [Double]) -> Double {
    guard found.count == expected.count else { return .infinity }
    let largest = expected.map(\.magnitude).max() ?? 0
    return (zip(found, expected).map { (Double($0) - $1).magnitude }.max() ?? 0) / max(largest, .leastNormalMagnitude)
}
