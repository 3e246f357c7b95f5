import HTTPServer
import Hypernetworks
import JSON

/// The answer of `POST /v1/token-embeddings` as JSON.
public struct TokenEmbeddingsResponse: Sendable {
    private let tokens: PreparedTokens
    private let rows: GeneratedRows
    private let outputs: Set<TokenEmbeddingsRequest.Output>

    /// - Parameter rows: generated for `tokens`, in their order.
    /// - Throws: a 500 problem naming the first token whose rows are not finite: NaN is an error, never a row.
    public init(
        tokens: PreparedTokens, rows: GeneratedRows, outputs: Set<TokenEmbeddingsRequest.Output>
    ) throws(Problem) {
        self.tokens = tokens
        self.rows = rows
        self.outputs = outputs
        for index in tokens.items.indices where !isFinite(index) {
            throw Problem(
                status: .internalServerError, code: "not_finite", title: "A row is not finite",
                detail: "the hypernetwork predicts NaN or infinity for the token at /tokens/\(index)",
                errors: [("/tokens/\(index)", "the predicted row is not finite")])
        }
    }

    private func isFinite(_ index: Int) -> Bool {
        rows.inputRow(index).allSatisfy(\.isFinite) && rows.outputRow(index)?.allSatisfy(\.isFinite) ?? true
            && (rows.bias.isEmpty || rows.bias[index].isFinite)
    }

    /// Where the rows come from, as strings for a file's metadata.
    public var metadata: [(key: String, value: String)] {
        var names = JSONWriter()
        names.array {
            for item in tokens.items {
                switch item.spelling {
                case .token(let token, _): $0.string(token)
                case .sourceIDs(let ids): $0.array { for id in ids { $0.number(Int(id)) } }
                }
            }
        }
        return [
            ("model", tokens.model.name), ("digest", tokens.model.digest),
            ("method", TokenEmbeddingsRequest.Method.hypernetwork.rawValue),
            ("tokens", String(decoding: names.bytes, as: UTF8.self)),
        ]
    }

    public func encoded() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256 + (rows.input.count + rows.output.count) * 13 + tokens.items.count * 160)
        writer.object { body in
            body.key("model")
            body.string(tokens.model.name)
            body.key("digest")
            body.string(tokens.model.digest)
            body.key("method")
            body.string(TokenEmbeddingsRequest.Method.hypernetwork.rawValue)
            body.key("dimension")
            body.number(rows.dimension)
            body.key("data")
            body.array { for index in tokens.items.indices { write(index, to: &$0) } }
            body.key("usage")
            body.object { usage in
                usage.key("tokens")
                usage.number(tokens.items.count)
                usage.key("source_pieces")
                usage.number(tokens.inputs.reduce(0) { $0 + $1.sourceIDs.count })
            }
        }
        return writer.bytes
    }

    private func write(_ index: Int, to writer: inout JSONWriter) {
        let item = tokens.items[index]
        writer.object { entry in
            entry.key("index")
            entry.number(index)
            if case .token(let token, let form) = item.spelling {
                entry.key("token")
                entry.string(token)
                entry.key("form")
                entry.string(form.rawValue)
            }
            entry.key("status")
            entry.string("generated")
            entry.key("pieces")
            entry.number(item.surfaceForm.sourceIDs.count)
            entry.key("source_ids")
            entry.array { for id in item.surfaceForm.sourceIDs { $0.number(Int(id)) } }
            if let normalized = item.surfaceForm.normalized {
                entry.key("normalized")
                entry.string(normalized)
            }
            if item.surfaceForm.fallbackPieces > 0 {
                entry.key("fallback_pieces")
                entry.number(item.surfaceForm.fallbackPieces)
            }
            if outputs.contains(.input) {
                entry.key("input")
                entry.array { for value in rows.inputRow(index) { $0.number(value) } }
            }
            if outputs.contains(.output), let row = rows.outputRow(index) {
                entry.key("output")
                entry.array { for value in row { $0.number(value) } }
            }
            if outputs.contains(.bias), !rows.bias.isEmpty {
                entry.key("bias")
                entry.number(rows.bias[index])
            }
            entry.key("warnings")
            entry.array { for warning in item.warnings { $0.string(warning) } }
        }
    }
}
