import Generation
import HTTPServer
import Hypernetworks
import JSON
import Tensors

/// What an answer tells of a token's rows, for people who want to know whether to trust them.
struct TokenDiagnostics: Sendable {
    private let item: PreparedTokens.Item
    private let model: EmbeddingModel
    private let input: RowDiagnostics
    /// Nil for a tied base.
    private let output: RowDiagnostics?

    /// - Parameters:
    ///   - rows: the first of them are the items'.
    ///   - pause: called now and then, for others to have their turn.
    static func of(
        _ items: ArraySlice<PreparedTokens.Item>, _ rows: GeneratedRows, _ model: EmbeddingModel, pause: () -> Void
    ) throws(Problem) -> [TokenDiagnostics] {
        let places = Array(0..<items.count)
        let pieces = items.map(\.basePieces)
        do throws(TrainingFreeError) {
            let input = try model.trainingFree.input.diagnostics(of: rows.input, only: places, pieces: pieces, pause: pause)
            var output: [RowDiagnostics]?
            if let rows = rows.output {
                output = try model.trainingFree.output.diagnostics(of: rows, only: places, pieces: pieces, pause: pause)
            }
            return zip(items, places).map { item, place in
                TokenDiagnostics(item: item, model: model, input: input[place], output: output?[place])
            }
        } catch {
            throw Problem(.method(error))
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.object { entry in
            RowDecomposition(of: item, model).write(to: &entry)
            entry.key("input")
            write(input, to: &entry)
            if let output {
                entry.key("output")
                write(output, to: &entry)
            }
        }
    }

    private func write(_ row: RowDiagnostics, to entry: inout JSONWriter) {
        entry.object { table in
            table.member("norm", row.norm)
            table.member("norm_ratio", row.normRatio)
            table.member("norm_percentile", row.normPercentile)
            table.member("cosine_to_mean", row.cosineToMean)
            if let cosine = row.cosineToPieces {
                table.member("cosine_to_pieces", cosine)
            }
            if let id = row.duplicateOf {
                table.member("duplicate_of", Int(id))
            }
            table.key("nearest")
            table.array { list in for neighbor in row.nearest { write(neighbor, to: &list) } }
        }
    }

    private func write(_ neighbor: Neighbor, to list: inout JSONWriter) {
        let bytes = model.baseTokenizer.bytes(of: Int(neighbor.id)) ?? []
        list.object { entry in
            entry.member("id", Int(neighbor.id))
            entry.key("text")
            entry.string(bytes: bytes)
            entry.member("cosine", neighbor.cosine)
            if isVariant(bytes) {
                entry.member("variant", true)
            }
        }
    }

    /// Whether the bytes are the token's own but for case and spaces around them: no wonder that such a row is near.
    private func isVariant(_ bytes: [UInt8]) -> Bool {
        guard let token = item.token else { return false }
        func plain(_ bytes: [UInt8]) -> String {
            String(decoding: bytes, as: UTF8.self).lowercased().filter { !$0.isWhitespace }
        }
        return plain(bytes) == plain(token.bytes)
    }
}
