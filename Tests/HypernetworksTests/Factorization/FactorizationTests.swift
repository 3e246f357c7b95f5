import Foundation
import Hypernetworks
import Tensors
import Testing

@Suite struct FactorizationTests {
    private static let matrices = ["decaying", "flat", "random", "low"]
    private static let digest = String(repeating: "0123456789abcdef", count: 4)

    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func matrix(_ key: String) throws -> MappedTensor {
        let file = try SafetensorsFile(path: fixture("word-methods/matrices.safetensors"))
        return try #require(file[key])
    }

    private func factorization(of matrix: MappedTensor, rank: Int) throws -> Factorization {
        let path = scratch.newPath()
        try Factorization.write(of: matrix, rank: rank, sha256: Self.digest, to: path)
        return try Factorization(path: path, of: matrix, sha256: Self.digest)
    }

    private func reconstruction(_ factorization: Factorization) -> [Float] {
        let count = factorization.coordinates.rowCount
        var coordinates = Matrix(rows: count, columns: factorization.rank)
        for row in 0..<count { coordinates.readRow(row, of: factorization.coordinates, to: row) }
        var rows = Matrix(columns: factorization.dimension)
        factorization.expand(coordinates, into: &rows)
        return rows.elements()
    }

    /// ‖F P − U_k Σ_k V_kᵀ‖ / ‖U_k Σ_k V_kᵀ‖, Frobenius norms.
    @Test(arguments: matrices, [10, 40]) func reconstructionIsThatOfNumPy(name: String, rank: Int) throws {
        let found = try reconstruction(factorization(of: matrix(name), rank: rank))
        let expected = try matrix("\(name).\(rank)").floats()
        let difference = zip(found, expected).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        let norm = expected.reduce(0) { $0 + Double($1) * Double($1) }
        #expect((difference / norm).squareRoot() < 2e-6)
    }

    /// FᵀF = I where there is a singular value, and P Pᵀ is the diagonal of their squares; signs are fixed.
    @Test(arguments: matrices) func factorsAreOrthogonal(name: String) throws {
        let matrix = try matrix(name)
        let factorization = try factorization(of: matrix, rank: 40)
        let values = try self.matrix("\(name).values").floats().map { $0 > 1e-6 ? Double($0) : 0 }
        let coordinates = try factorization.coordinates.floats().map(Double.init)
        let primitives = try factorization.primitives.floats().map(Double.init)
        let rows = matrix.rowCount
        for a in 0..<40 {
            for b in 0..<40 {
                let overlap = (0..<rows).reduce(0) { $0 + coordinates[$1 * 40 + a] * coordinates[$1 * 40 + b] }
                // The matrix of products is known to float32's last digits of its largest numbers.
                let rounding = values[a] * values[b] > 0 ? 4e-8 * values[0] * values[0] / (values[a] * values[b]) : 0
                #expect(abs(overlap - (a == b && values[a] > 0 ? 1 : 0)) < 1e-5 + rounding)
                let product = (0..<40).reduce(0) { $0 + primitives[a * 40 + $1] * primitives[b * 40 + $1] }
                #expect(abs(product - (a == b ? values[a] * values[a] : 0)) < 1e-4 * values[0] * values[0])
            }
            let largest = primitives[a * 40..<(a + 1) * 40].max { $0.magnitude < $1.magnitude } ?? 0
            #expect(largest >= 0)
        }
    }

    /// F P projected gives F again, and so do the rows of E themselves.
    @Test func projectionGivesCoordinatesBack() throws {
        let matrix = try matrix("decaying")
        let factorization = try factorization(of: matrix, rank: 10)
        let expected = try factorization.coordinates.floats()
        for elements in [reconstruction(factorization), try matrix.floats()] {
            let rows = RowStorage(rows: matrix.rowCount, columns: matrix.rowWidth)
            for row in 0..<rows.rows {
                rows.withMutableRow(row) { numbers in
                    for column in numbers.indices { numbers[column] = elements[row * matrix.rowWidth + column] }
                }
            }
            let coordinates = RowStorage(rows: rows.rows, columns: 10)
            coordinates.withMutableRow(0) { row in for column in row.indices { row[column] = 7 } }
            let places = Array((0..<rows.rows).dropFirst())
            factorization.project(rows, only: places, into: coordinates, pause: {})
            let found = (0..<rows.rows).flatMap { row in coordinates.withRow(row) { row in row.indices.map { row[$0] } } }
            #expect(found.prefix(10).allSatisfy { $0 == 7 })
            #expect(zip(found, expected).dropFirst(10).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test func primitivesThatAreNotOrthogonalAreRefused() throws {
        let path = scratch.newPath()
        var header = SafetensorsHeader()
        header.add("coordinates", type: .float32, shape: [2, 2])
        header.add("primitives", type: .float32, shape: [2, 3])
        let numbers: [Float] = [1, 0, 0, 1, 1, 2, 3, 3, 2, 1]
        try Data(header.encoded() + numbers.withUnsafeBytes { [UInt8]($0) }).write(to: URL(fileURLWithPath: path))
        _ = try withTable(rows: 2, [1, 2, 3, 3, 2, 1]) { table in
            #expect(throws: FactorizationError.notOrthogonal(file: path, rows: [0, 1])) {
                try Factorization(path: path, of: table, sha256: Self.digest)
            }
        }
    }

    @Test func theSameMatrixGivesTheSameFile() throws {
        let paths = [scratch.newPath(), scratch.newPath()]
        for path in paths { try Factorization.write(of: matrix("random"), rank: 7, sha256: Self.digest, to: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: paths[0])) == Data(contentsOf: URL(fileURLWithPath: paths[1])))
        // And takes the place of one that is there, leaving nothing else behind.
        try Factorization.write(of: matrix("random"), rank: 3, sha256: Self.digest, to: paths[0])
        #expect(try Factorization(path: paths[0], of: matrix("random"), sha256: Self.digest).rank == 3)
    }

    /// A byte a number would let what reads them as wider ones leave the file.
    @Test func tensorsOfOtherTypesAreRefused() throws {
        var header = SafetensorsHeader()
        header.add("table", type: .int8, shape: [4, 4])
        let path = scratch.newPath()
        try Data(header.encoded() + Array(repeating: 1, count: 16)).write(to: URL(fileURLWithPath: path))
        let table = try #require(SafetensorsFile(path: path)["table"])
        let error = TensorFileError.unsupportedType(key: "table", file: path, type: .int8)
        #expect(throws: FactorizationError.unreadable(error)) { try factorization(of: table, rank: 1) }
        #expect(throws: AuxiliaryVectorError.unreadable(error)) { try AuxiliaryVectors(table, baseRows: 4) }
        #expect(throws: DonorError.unreadable(error)) { try DonorTable(table, shared: [(0, 0)], baseCount: 4) }
    }

    @Test func zerosFactorIntoZeros() throws {
        try withTable(rows: 5, Array(repeating: 0, count: 15)) { table in
            let found = try reconstruction(factorization(of: table, rank: 2))
            #expect(found == Array(repeating: 0, count: 15))
        }
    }

    @Test func refusals() throws {
        let path = scratch.newPath()
        func write(_ table: MappedTensor, rank: Int) throws {
            try Factorization.write(of: table, rank: rank, sha256: Self.digest, to: path)
        }
        try withTable(rows: 3, [1, 2, .nan, 4, 5, 6]) { table in
            for rank in [0, -1, 3] {
                #expect(throws: FactorizationError.invalidRank(rank, limit: 2)) { try write(table, rank: rank) }
            }
            #expect(throws: FactorizationError.notFinite(key: "table", file: table.path, row: 1)) { try write(table, rank: 1) }
        }
        _ = try withTable(rows: 2, [1e30, 1, 1, 1]) { table in
            #expect(throws: FactorizationError.tooLarge(key: "table", file: table.path)) { try write(table, rank: 1) }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        try withTable(rows: 2, [3, 1, 1, 1]) { table in
            #expect(throws: TensorFileError.self) {
                try Factorization.write(of: table, rank: 1, sha256: Self.digest, to: "/nowhere/file")
            }
            try write(table, rank: 1)
            #expect(throws: FactorizationError.otherMatrix(file: path, expected: "x", found: Self.digest)) {
                try Factorization(path: path, of: table, sha256: "x")
            }
            _ = try withTable(rows: 3, [3, 1, 1, 1, 1, 1]) { other in
                #expect(throws: TensorFileError.wrongShape(key: "coordinates", file: path, expected: [3, 1], found: [2, 1])) {
                    try Factorization(path: path, of: other, sha256: Self.digest)
                }
            }
            #expect(throws: TensorFileError.missingTensor(key: "primitives", file: table.path)) {
                try Factorization(path: table.path, of: table, sha256: Self.digest)
            }
        }
    }
}
