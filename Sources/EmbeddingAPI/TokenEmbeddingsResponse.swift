import HTTPServer
import Hypernetworks
import JSON
import Tensors

/// The answer of `POST /v1/token-embeddings` as JSON.
public struct TokenEmbeddingsResponse: Sendable {
    private let tokens: PreparedTokens
    private let rows: GeneratedRows
    private let cached: Int
    private let outputs: Set<TokenEmbeddingsRequest.Output>
    private let encoding: TokenEmbeddingsRequest.Encoding

    /// - Parameters:
    ///   - rows: generated for `tokens`, in their order.
    ///   - cached: how many of them were finished before they were asked for.
    /// - Throws: a 500 problem naming the first token whose rows are not finite: NaN is an error, never a row.
    public init(
        _ request: TokenEmbeddingsRequest, tokens: PreparedTokens, rows: GeneratedRows, cached: Int = 0
    ) throws(Problem) {
        self.tokens = tokens
        self.rows = rows
        self.cached = cached
        outputs = request.outputs
        encoding = request.encoding
        for index in tokens.items.indices where !rows.isFinite(index) {
            throw Problem(
                status: .internalServerError, code: "not_finite", title: "A row is not finite",
                detail: "the hypernetwork predicts NaN or infinity for the token at /tokens/\(index)",
                errors: [("/tokens/\(index)", "the predicted row is not finite")])
        }
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

    /// - Parameter pause: called now and then, for others to have their turn.
    public func encoded(pause: () -> Void = {}) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: expectedBytes)
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
            body.array { data in
                for index in tokens.items.indices {
                    write(index, to: &data)
                    pause()
                }
            }
            body.key("usage")
            body.object { usage in
                usage.key("tokens")
                usage.number(tokens.items.count)
                usage.key("source_pieces")
                usage.number(tokens.inputs.sourceRows)
                usage.key("cached")
                usage.number(cached)
            }
        }
        return writer.bytes
    }

    private var expectedBytes: Int {
        let numbers = (rows.output == nil ? 1 : 2) * rows.dimension
        return 256 + tokens.items.count * (160 + numbers * (encoding == .float ? 13 : 6))
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
            if let token = item.token, token.isNormalized {
                entry.key("normalized")
                entry.string(String(decoding: token.bytes, as: UTF8.self))
            }
            if item.surfaceForm.fallbackPieces > 0 {
                entry.key("fallback_pieces")
                entry.number(item.surfaceForm.fallbackPieces)
            }
            if outputs.contains(.input) {
                entry.key("input")
                write(rows.input, index, to: &entry)
            }
            if outputs.contains(.output), let output = rows.output {
                entry.key("output")
                write(output, index, to: &entry)
            }
            if outputs.contains(.bias), let bias = rows.bias {
                entry.key("bias")
                entry.number(bias.withRow(index) { $0[0] })
            }
            entry.key("warnings")
            entry.array { for warning in item.warnings { $0.string(warning) } }
        }
    }

    private func write(_ rows: RowStorage, _ index: Int, to writer: inout JSONWriter) {
        rows.withRow(index) { row in
            switch encoding {
            case .float: writer.numbers(row)
            case .base64: writer.base64(row.bytes)
            }
        }
    }
}
