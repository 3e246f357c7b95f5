import Foundation
import Tensors

/// A factorised embedding matrix, stored beside its model: coordinates F (rows, k) times primitives P (k, dimension) give the
/// matrix back, or what is nearest to it in k dimensions. OFA and HyperOFA make new tokens' coordinates; P makes them rows.
///
/// The file is safetensors: `coordinates`, `primitives`, and in its metadata `source_sha256`, the matrix it was made of. A
/// hypernetwork is trained for one factorisation, whose signs and order of coordinates are its own: a file from elsewhere may do
/// without the metadata.
public struct Factorization: Sendable {
    /// (rows, rank)
    public let coordinates: MappedTensor
    /// (rank, dimension)
    public let primitives: MappedTensor
    private let expansion: Linear  // (rank, dimension)
    private let projection: Linear  // (dimension, rank)

    private static let coordinatesKey = "coordinates"
    private static let primitivesKey = "primitives"
    private static let digestKey = "source_sha256"

    /// Reads a stored factorisation.
    ///
    /// - Parameters:
    ///   - matrix: what it is of.
    ///   - sha256: of that matrix's bytes, 64 hexadecimal digits.
    /// - Throws: `TensorFileError`, or `FactorizationError.otherMatrix`.
    public init(path: String, of matrix: MappedTensor, sha256: String) throws {
        let file = try SafetensorsFile(path: path)
        if let found = file.metadata[Self.digestKey], found != sha256 {
            throw FactorizationError.otherMatrix(file: path, expected: sha256, found: found)
        }
        func tensor(_ key: String) throws(TensorFileError) -> MappedTensor {
            guard let tensor = file[key] else { throw .missingTensor(key: key, file: path) }
            return try tensor.expectingFloats()
        }
        primitives = try tensor(Self.primitivesKey)
        let rank = primitives.rowCount
        _ = try primitives.expecting(shape: [rank, matrix.rowWidth])
        coordinates = try tensor(Self.coordinatesKey).expecting(shape: [matrix.rowCount, rank])
        expansion = try Linear(transposing: primitives)
        projection = try Self.projection(on: primitives)
    }

    /// A factorisation that is made now, in a temporary file that goes with its last user.
    ///
    /// - Throws: `FactorizationError`, or `TensorFileError`.
    public init(making rank: Int, of matrix: MappedTensor, sha256: String) throws {
        let temporary = NSTemporaryDirectory() + "/hyperembed-\(UUID().uuidString).safetensors"
        defer { unlink(temporary) }
        try Self.write(of: matrix, rank: rank, sha256: sha256, to: temporary)
        try self.init(path: temporary, of: matrix, sha256: sha256)
    }

    /// The layer x ↦ x P⁺. Primitives are orthogonal, so P⁺ = Pᵀ (P Pᵀ)⁻¹ divides each by its squared length.
    private static func projection(on primitives: MappedTensor) throws -> Linear {
        var rows = Matrix(rows: primitives.rowCount, columns: primitives.rowWidth)
        for row in 0..<rows.rows { rows.readRow(row, of: primitives, to: row) }
        let norms = (0..<rows.rows).map { rows.withRow($0, RowStatistics.norm) }
        guard norms.allSatisfy(\.isFinite) else { throw FactorizationError.tooLarge(key: primitives.key, file: primitives.path) }
        let noBias = [Float](repeating: 0, count: rows.rows)
        var products = Matrix(columns: rows.rows)
        Linear(weight: rows, bias: noBias).apply(to: rows, output: &products)
        for (row, norm) in norms.enumerated() {
            let other = products.withRow(row) { products in
                (0..<row).first { Double(products[$0].magnitude) > orthogonality * norm * norms[$0] }
            }
            if let other { throw FactorizationError.notOrthogonal(file: primitives.path, rows: [other, row]) }
        }
        for (row, norm) in norms.enumerated() {
            rows.setRow(row, to: rows.row(row).map { norm > 0 ? Float(Double($0) / (norm * norm)) : 0 })
        }
        return Linear(weight: rows, bias: noBias)
    }

    /// Cosines above this are no rounding.
    private static let orthogonality = 1e-3

    /// k
    public var rank: Int { primitives.rowCount }
    /// Width of the matrix's rows.
    public var dimension: Int { primitives.rowWidth }

    /// Coordinates times primitives, row by row; `rows` gets as many.
    public func expand(_ coordinates: borrowing Matrix, into rows: inout Matrix) {
        expansion.apply(to: coordinates, output: &rows)
    }

    /// The coordinates of what is nearest to each row among all sums of primitives: of a row of the matrix its own.
    ///
    /// - Parameters:
    ///   - places: of the rows that are meant, and of their coordinates.
    ///   - pause: runs before every block of rows.
    public func project(_ rows: RowStorage, only places: [Int], into coordinates: RowStorage, pause: () -> Void) {
        var products = Matrix(columns: rank)
        RowBlocks.forEach(
            of: places.map { Int32($0) }, columns: dimension, read: { id, block, row in rows.load(id, into: &block, row: row) },
            pause: pause
        ) { block, positions in
            projection.apply(to: block, output: &products)
            for (row, position) in positions.enumerated() { coordinates.store(places[position], from: products, row: row) }
        }
    }

    /// Factors a matrix and stores what comes out. It appears under `path` when it is whole, and then takes the place of what
    /// was there.
    ///
    /// - Parameters:
    ///   - sha256: of the matrix's bytes, 64 hexadecimal digits.
    ///   - progress: is told rows, three times as many as there are.
    /// - Throws: `FactorizationError`, or `TensorFileError.unwritable`.
    public static func write(
        of matrix: MappedTensor, rank: Int, sha256: String, to path: String, progress: (Int) -> Void = { _ in }
    ) throws {
        let decomposition = try TruncatedDecomposition(of: matrix, rank: rank, progress: progress)
        var header = SafetensorsHeader(metadata: [(digestKey, sha256)])
        header.add(coordinatesKey, type: .float32, shape: [matrix.rowCount, rank])
        header.add(primitivesKey, type: .float32, shape: [rank, matrix.rowWidth])
        let head = header.encoded()
        let draft = DraftFile(for: path)
        let file = try OutputFile(path: draft.path, byteCount: head.count + header.tensorBytes)
        try file.write(head, at: 0)
        var offset = head.count
        try decomposition.forEachCoordinateBlock(progress: progress) { block, _ throws(TensorFileError) in
            let bytes = block.elements().bytes
            try file.write(bytes, at: offset)
            offset += bytes.count
        }
        try file.write(decomposition.primitives.bytes, at: offset)
        try draft.publish()
    }
}

extension [Float] {
    /// As they stand in a file.
    fileprivate var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}
