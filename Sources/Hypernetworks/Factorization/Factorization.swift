import Foundation
import Tensors

/// A factorised embedding matrix, stored beside its model: coordinates F (rows, k) times primitives P (k, dimension) give the
/// matrix back, or what is nearest to it in k dimensions. OFA and HyperOFA make new tokens' coordinates; P makes them rows.
///
/// The file is safetensors: `coordinates`, `primitives`, and in its metadata `source_sha256`, the matrix it was made of.
public struct Factorization: Sendable {
    /// (rows, rank)
    public let coordinates: MappedTensor
    /// (rank, dimension)
    public let primitives: MappedTensor
    private let expansion: Linear

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
        let found = file.metadata[Self.digestKey]
        guard found == sha256 else { throw FactorizationError.otherMatrix(file: path, expected: sha256, found: found) }
        func tensor(_ key: String) throws(TensorFileError) -> MappedTensor {
            guard let tensor = file[key] else { throw .missingTensor(key: key, file: path) }
            return try tensor.expectingFloats()
        }
        primitives = try tensor(Self.primitivesKey)
        let rank = primitives.rowCount
        _ = try primitives.expecting(shape: [rank, matrix.rowWidth])
        coordinates = try tensor(Self.coordinatesKey).expecting(shape: [matrix.rowCount, rank])
        expansion = try Linear(transposing: primitives)
    }

    /// k
    public var rank: Int { primitives.rowCount }
    /// Width of the matrix's rows.
    public var dimension: Int { primitives.rowWidth }

    /// Coordinates times primitives, row by row; `rows` gets as many.
    public func expand(_ coordinates: borrowing Matrix, into rows: inout Matrix) {
        expansion.apply(to: coordinates, output: &rows)
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
