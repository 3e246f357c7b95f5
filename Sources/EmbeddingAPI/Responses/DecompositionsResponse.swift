import Generation
import JSON

/// What `POST /v1/decompositions` answers.
struct DecompositionsResponse {
    private let request: TokenEmbeddingsRequest
    private let tokens: PreparedTokens

    init(_ request: TokenEmbeddingsRequest, _ tokens: PreparedTokens) {
        self.request = request
        self.tokens = tokens
    }

    /// - Parameter pause: called now and then, for others to have their turn.
    func encoded(pause: () -> Void) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256 + tokens.items.count * 256)
        writer.object { body in
            body.member("model", tokens.model.name)
            body.member("digest", tokens.model.digest)
            body.member("method", request.rows.choice.method.rawValue)
            body.key("data")
            body.array { data in
                for (index, item) in tokens.items.enumerated() {
                    data.object { entry in
                        entry.member("index", index)
                        write(item, to: &entry)
                    }
                    pause()
                }
            }
        }
        return writer.bytes
    }

    private func write(_ item: PreparedTokens.Item, to entry: inout JSONWriter) {
        TokenDescription(item: item, method: request.rows.choice.method, model: tokens.model).write(to: &entry, spellsPieces: true)
        if item.combination != nil { RowDecomposition(of: item, tokens.model).write(to: &entry) }
        entry.member("truncated", item.row.isTruncated)
        entry.member("existing", item.existingID != nil)
    }
}
