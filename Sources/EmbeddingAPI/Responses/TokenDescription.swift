import Generation
import JSON

/// What an answer says of a token, beside its rows.
struct TokenDescription {
    private let item: PreparedTokens.Item
    private let model: EmbeddingModel

    init(_ item: PreparedTokens.Item, _ model: EmbeddingModel) {
        self.item = item
        self.model = model
    }

    /// Writes members of an object.
    func write(to entry: inout JSONWriter) {
        if case .token(let token, let form) = item.spelling {
            entry.key("token")
            entry.string(token)
            entry.key("form")
            entry.string(form.rawValue)
        }
        entry.key("status")
        entry.string(item.status.rawValue)
        if let id = item.existingID {
            entry.key("existing_id")
            entry.number(id)
        }
        if let index = item.duplicateOf {
            entry.key("duplicate_of")
            entry.number(index)
        }
        entry.key("pieces")
        entry.number(item.row.pieces.count)
        entry.key("source_ids")
        entry.array { for id in item.row.pieces { $0.number(Int(id)) } }
        if let token = item.token, token.isNormalized {
            entry.key("normalized")
            entry.string(bytes: token.bytes)
        }
        if item.row.fallbackPieces > 0 {
            entry.key("fallback_pieces")
            entry.number(item.row.fallbackPieces)
        }
    }
}
