import Tensors

/// The embeddings of a donor model, which has rows for tokens that the base lacks, and the tokens that both have: what a donor
/// row is made of in the donor's space, the new row is made of in the base's. See specs/methods.md, section 2.4.
public struct DonorTable: Sendable {
    /// (rows, dimension)
    public let embeddings: MappedTensor
    /// The shared tokens whose donor rows are finite and not zero: their ids in the donor, ascending.
    public let donorRows: [Int32]
    /// Their ids in the base.
    public let baseRows: [Int32]

    /// - Parameters:
    ///   - embeddings: of the donor, 16- or 32-bit floats.
    ///   - shared: the tokens that both have. A donor id that comes twice counts once, with its lowest base id.
    ///   - baseCount: how many rows the base has.
    /// - Throws: `DonorError.unreadable`, `.wrongShape`, `.idOutOfRange` or `.noSharedTokens`.
    public init(
        _ embeddings: MappedTensor, shared: [(donor: Int32, base: Int32)], baseCount: Int
    ) throws(DonorError) {
        guard embeddings.shape.count == 2 else { throw .wrongShape(table: embeddings.key, found: embeddings.shape) }
        do throws(TensorFileError) {
            _ = try embeddings.expectingFloats()
        } catch {
            throw .unreadable(error)
        }
        var donorRows: [Int32] = []
        var baseRows: [Int32] = []
        var row = Matrix(rows: 1, columns: embeddings.rowWidth)
        for (donor, base) in shared.sorted(by: { ($0.donor, $0.base) < ($1.donor, $1.base) }) where donorRows.last != donor {
            guard donor >= 0, donor < embeddings.rowCount else {
                throw .idOutOfRange(table: embeddings.key, id: donor, limit: embeddings.rowCount)
            }
            guard base >= 0, base < baseCount else { throw .idOutOfRange(table: "base", id: base, limit: baseCount) }
            row.readRow(Int(donor), of: embeddings, to: 0)
            guard row.withRow(0, Self.isUsable) else { continue }
            donorRows.append(donor)
            baseRows.append(base)
        }
        guard !donorRows.isEmpty else { throw .noSharedTokens(table: embeddings.key) }
        self.embeddings = embeddings
        self.donorRows = donorRows
        self.baseRows = baseRows
    }

    /// Width of the donor's rows.
    public var dimension: Int { embeddings.rowWidth }

    /// Whether products with the row stay finite in float32 and do not vanish.
    private static func isUsable(_ row: Span<Float>) -> Bool {
        let norm = RowStatistics.norm(row)
        return norm > 1e-18 && norm < 1e18
    }

    /// A row of the donor; nil for one that it does not have, or that is zero or not finite.
    public func embedding(_ id: Int) -> [Float]? {
        guard id >= 0, id < embeddings.rowCount else { return nil }
        var row = Matrix(rows: 1, columns: dimension)
        row.readRow(id, of: embeddings, to: 0)
        return row.withRow(0, Self.isUsable) ? row.row(0) : nil
    }

    private func refusal(of row: [Float]) -> DonorError? {
        guard row.count == dimension else { return .wrongWidth(expected: dimension, found: row.count) }
        return Self.isUsable(row.span) ? nil : .noDirection
    }

    /// The donor row of the shared token at `position`.
    func row(_ position: Int) -> [Double] {
        var row = Matrix(rows: 1, columns: dimension)
        row.readRow(Int(donorRows[position]), of: embeddings, to: 0)
        return row.row(0).map(Double.init)
    }

    /// Lends the donor rows of the shared tokens, a block at a time, with their positions; `pause` runs before every block.
    func forEachBlock(pause: () -> Void, _ body: (borrowing Matrix, Range<Int>) -> Void) {
        RowBlocks.forEach(of: donorRows, in: embeddings, pause: pause) { block, positions in body(block, positions) }
    }

    /// Refuses rows that cannot be used, and lets `combine` take the others together, for one reading of the table.
    func combinations(
        of rows: [[Float]], _ combine: (_ usable: [[Float]]) -> [Result<Combination, DonorError>]
    ) -> [Result<Combination, DonorError>] {
        let refusals = rows.map(refusal)
        var made = combine(zip(rows, refusals).filter { $0.1 == nil }.map(\.0)).makeIterator()
        return refusals.map { refusal in refusal.map { .failure($0) } ?? made.next() ?? .failure(.noDirection) }
    }
}
