import Generation
import JSON

/// What an answer says of a token, beside its rows.
struct TokenDescription {
    let item: PreparedTokens.Item
    let method: Method
    let model: EmbeddingModel

    /// Writes members of an object.
    ///
    /// - Parameter spellsPieces: whether to list the pieces, not only to count them.
    func write(to entry: inout JSONWriter, spellsPieces: Bool = false) {
        if case .token(let token, let form) = item.spelling {
            entry.member("token", token)
            entry.member("form", form.rawValue)
        }
        entry.member("status", item.status.rawValue)
        entry.member("method", method.rawValue)
        if let id = item.existingID {
            entry.member("existing_id", id)
        }
        if let index = item.duplicateOf {
            entry.member("duplicate_of", index)
        }
        entry.key("pieces")
        if spellsPieces { writePieces(to: &entry) } else { entry.number(item.row.pieces.count) }
        entry.key("source_ids")
        entry.array { for id in item.row.pieces { $0.number(Int(id)) } }
        if let token = item.token, token.isNormalized {
            entry.key("normalized")
            entry.string(bytes: token.bytes)
        }
        if item.row.fallbackPieces > 0 {
            entry.member("fallback_pieces", item.row.fallbackPieces)
        }
        entry.key("warnings")
        entry.array { for warning in item.warnings { $0.string(warning.rawValue) } }
    }

    /// `text` is for people: a piece may be part of a character, which only its bytes (base64) tell.
    private func writePieces(to entry: inout JSONWriter) {
        entry.array { list in
            for id in item.row.pieces {
                let bytes = model.bytes(ofPiece: Int(id), of: item.row.source) ?? []
                list.object { piece in
                    piece.member("id", Int(id))
                    piece.key("text")
                    piece.string(bytes: bytes)
                    piece.key("bytes")
                    piece.base64(bytes.span.bytes)
                }
            }
        }
    }
}
