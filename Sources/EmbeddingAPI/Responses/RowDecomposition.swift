import Generation
import Hypernetworks
import JSON

/// What a row is made of: the pieces or the words that a hypernetwork reads, or rows of the base with their weights.
struct RowDecomposition {
    private let item: PreparedTokens.Item
    private let model: EmbeddingModel

    init(of item: PreparedTokens.Item, _ model: EmbeddingModel) {
        self.item = item
        self.model = model
    }

    /// Writes members of an object.
    func write(to entry: inout JSONWriter) {
        entry.key("decomposition")
        if let combination = item.combination {
            entry.array { list in for place in combination.rows.indices { write(combination, at: place, to: &list) } }
            entry.member("effective_pieces", combination.effectiveRows)
            if combination.inputWeights.contains(where: { $0 < 0 }) {
                entry.member("weight_magnitude", combination.weightMagnitude)
            }
        } else {
            entry.array { list in
                for id in item.row.pieces { list.object { write(Int(id), of: item.row.source, to: &$0) } }
            }
        }
    }

    private func write(_ combination: Combination, at place: Int, to list: inout JSONWriter) {
        list.object { entry in
            write(Int(combination.rows[place]), of: item.source, to: &entry)
            entry.member("weight", combination.inputWeights[place])
            if model.rowShape.hasOutput {
                entry.member("output_weight", combination.outputWeights[place])
            }
        }
    }

    private func write(_ id: Int, of source: RowSource, to entry: inout JSONWriter) {
        entry.member("id", id)
        entry.key("text")
        entry.string(bytes: model.bytes(ofPiece: id, of: source) ?? [])
    }
}
