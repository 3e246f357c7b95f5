import Hypernetworks
import Tensors

/// The safetensors file of a whole vocabulary's rows, of which everything but the rows is known before the first one is computed:
/// `input_embeddings` (tokens, dimension), `output_embeddings` likewise, `bias` (tokens), and `row_status` (tokens), the codes of
/// `RowStatus`.
public struct VocabularyFile: Sendable {
    /// A tensor of rows in the file.
    public struct Table: Sendable {
        public let output: RowOutput
        let format: FloatFormat
        let rowBytes: Int
        /// Where it begins.
        let start: Int

        func bytes(of rows: Range<Int>) -> Range<Int> { start + rows.lowerBound * rowBytes..<start + rows.upperBound * rowBytes }
    }

    /// All before the first tensor.
    let header: [UInt8]
    let tables: [Table]
    let status: [UInt8]
    /// Rows of each tensor.
    let rows: Int

    /// - Parameters:
    ///   - outputs: those of them that the model has become tensors.
    ///   - metadata: where the rows come from; how many have which status is added to it.
    public init(
        _ plan: VocabularyPlan, model: EmbeddingModel, outputs: Set<RowOutput>, format: FloatFormat,
        metadata: [(key: String, value: String)]
    ) {
        let summary = [("rows", plan.count)] + RowStatus.allCases.map { ($0.rawValue, plan.count(of: $0)) }
        let remarks = [
            ("case_differs", plan.rows.count { $0.differsInCase }), ("truncated", plan.rows.count { $0.isTruncated }),
            ("with_fallback_pieces", plan.rows.count { $0.fallbackPieces > 0 }),
        ]
        var header = SafetensorsHeader(metadata: metadata + (summary + remarks).map { ($0, String($1)) })
        let rowShape = model.rowShape
        let outputs = rowShape.outputs.filter(outputs.contains)
        for output in outputs {
            header.add(output.tensorName, type: format.elementType, shape: rowShape.shape(of: output, rows: plan.count))
        }
        header.add("row_status", type: .uint8, shape: [plan.count])
        self.header = header.encoded()
        rows = plan.count
        status = plan.rows.map(\.status.code)
        var start = self.header.count
        tables = outputs.map { output in
            let rowBytes = format.width * (rowShape.width(output) ?? 0)
            defer { start += rowBytes * plan.count }
            return Table(output: output, format: format, rowBytes: rowBytes, start: start)
        }
    }

    /// Bytes of the file.
    public var count: Int { statusStart + status.count }

    /// Where `row_status` begins.
    var statusStart: Int { header.count + tables.reduce(0) { $0 + $1.rowBytes * rows } }

    /// Rows that have bytes in `range`, in the tensor in which they are most.
    public func rowCount(in range: Range<Int>) -> Int { tables.map { rows(of: $0, in: range).count }.max() ?? 0 }

    /// Rows of `table` that have bytes in `range`.
    func rows(of table: Table, in range: Range<Int>) -> Range<Int> {
        let bytes = table.bytes(of: 0..<rows).clamped(to: range)
        guard !bytes.isEmpty else { return 0..<0 }
        return (bytes.lowerBound - table.start) / table.rowBytes..<(bytes.upperBound - table.start + table.rowBytes - 1) / table.rowBytes
    }
}
