import Generation
import HTTPServer
import Hypernetworks
import JSON
import Tensors

/// What `POST /v1/token-embeddings` answers of some of a request's tokens, in any of its formats.
public struct TokenEmbeddingsResponse: Sendable {
    private let request: TokenEmbeddingsRequest
    private let tokens: PreparedTokens
    /// Of which tokens `rows` has the rows; behind them come those that they are compared with.
    private let range: Range<Int>
    private let rows: GeneratedRows
    /// Empty if the request wants none.
    private let diagnostics: [TokenDiagnostics]
    private let outputs: [RowOutput]

    /// - Parameters:
    ///   - rows: made by `tokens.order(range)`.
    ///   - pause: called now and then, for others to have their turn.
    /// - Throws: a problem naming the first token that `rows` has a number of which is too large for the wanted format.
    public init(
        _ request: TokenEmbeddingsRequest, tokens: PreparedTokens, range: Range<Int>? = nil, rows: GeneratedRows,
        pause: () -> Void = {}
    ) throws(Problem) {
        self.request = request
        self.tokens = tokens
        self.range = range ?? tokens.items.indices
        self.rows = rows
        outputs = RowOutput.allCases.filter { request.rows.outputs.contains($0) && rows[$0] != nil }
        diagnostics =
            request.wantsDiagnostics ? try TokenDiagnostics.of(tokens.items[self.range], rows, tokens.model, pause: pause) : []
    }

    // MARK: JSON

    /// One JSON object with all tokens.
    ///
    /// - Parameter pause: called now and then, for others to have their turn.
    public func json(cached: Int = 0, pause: () -> Void = {}) throws(Problem) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: expectedBytes)
        try writer.object { body throws(Problem) in
            body.member("model", tokens.model.name)
            body.member("digest", tokens.model.digest)
            body.member("method", request.rows.choice.method.rawValue)
            body.member("norm", request.rows.norm.rawValue)
            body.member("dimension", rows.dimension)
            if request.encoding == .base64 {
                body.member("dtype", request.rows.format.rawValue)
            }
            body.key("data")
            try body.array { data throws(Problem) in
                for index in range {
                    try write(index, to: &data)
                    pause()
                }
            }
            body.key("usage")
            body.object { usage in
                usage.member("tokens", tokens.items.count)
                usage.member("source_pieces", tokens.pieceCount)
                usage.member("cached", cached)
            }
        }
        return writer.bytes
    }

    /// A line with a JSON object for each token.
    func lines(pause: () -> Void) throws(Problem) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(expectedBytes)
        for index in range {
            var writer = JSONWriter(reservingCapacity: expectedBytes / max(range.count, 1))
            try write(index, to: &writer)
            lines += writer.bytes
            lines.append(UInt8(ascii: "\n"))
            pause()
        }
        return lines
    }

    private var expectedBytes: Int {
        let numbers = outputs.reduce(0) { $0 + (rows.shape.width($1) ?? 0) } * (1 + request.comparisons.count)
        return 256 + range.count * (200 + numbers * (request.encoding == .float ? 13 : 6))
    }

    private func write(_ index: Int, to writer: inout JSONWriter) throws(Problem) {
        let item = tokens.items[index]
        try writer.object { entry throws(Problem) in
            entry.member("index", index)
            TokenDescription(item: item, method: request.rows.choice.method, model: tokens.model).write(to: &entry)
            try write(outputs, of: index, method: nil, to: &entry)
            try writeComparisons(index, to: &entry)
            if request.wantsDiagnostics {
                entry.key("diagnostics")
                diagnostics[index - range.lowerBound].write(to: &entry)
            }
        }
    }

    private func writeComparisons(_ index: Int, to writer: inout JSONWriter) throws(Problem) {
        guard !request.comparisons.isEmpty else { return }
        writer.key("compare")
        try writer.object { comparisons throws(Problem) in
            for (place, method) in request.comparisons.enumerated() {
                comparisons.key(method.rawValue)
                try comparisons.object { entry throws(Problem) in
                    entry.member("status", tokens.status(of: index, comparison: place).rawValue)
                    try write(outputs, of: index, method: place, to: &entry)
                    entry.key("cosine")
                    entry.number(
                        rows.input.withRow(self.place(of: index, method: nil)) { row in
                            rows.input.withRow(self.place(of: index, method: place)) { cosine(row, $0) }
                        })
                }
            }
        }
    }

    /// Where in `rows` a token's row is, by its own method or by one of those that it is compared with.
    private func place(of index: Int, method: Int?) -> Int {
        index - range.lowerBound + (method.map { $0 + 1 } ?? 0) * range.count
    }

    private func write(
        _ outputs: [RowOutput], of index: Int, method: Int?, to writer: inout JSONWriter
    ) throws(Problem) {
        let place = place(of: index, method: method)
        for output in outputs {
            guard let storage = rows[output] else { continue }
            writer.key(output.rawValue)
            switch request.encoding {
            case .float:
                storage.withRow(place) { row in
                    if output == .bias { writer.number(row[0]) } else { writer.numbers(row) }
                }
            case .base64:
                var bytes: [UInt8] = []
                if storage.append(place..<place + 1, as: request.rows.format, to: &bytes) != nil {
                    throw overflow(index)
                }
                writer.base64(bytes.span.bytes)
            }
        }
    }

    private func overflow(_ index: Int) -> Problem {
        let format = request.rows.format.rawValue
        return Problem(
            status: .unprocessableContent, code: "overflow", title: "A number is too large for the format",
            detail: "the row of the token at /tokens/\(index) has numbers that are too large for \(format)",
            errors: [("/tokens/\(index)", "its row does not fit into \(format)")])
    }

    // MARK: Safetensors

    /// One file with all rows, and where they come from in its metadata.
    public func safetensors() throws(Problem) -> [UInt8] {
        let format = request.rows.format
        let prefixes = [""] + request.comparisons.map { $0.rawValue + "." }
        var header = SafetensorsHeader(metadata: metadata)
        for prefix in prefixes {
            for output in outputs {
                header.add(
                    prefix + output.tensorName, type: format.elementType, shape: rows.shape.shape(of: output, rows: range.count))
            }
        }
        var bytes = header.encoded()
        bytes.reserveCapacity(bytes.count + header.tensorBytes)
        for method in prefixes.indices {
            let places = method * range.count..<(method + 1) * range.count
            for output in outputs {
                if let row = rows[output]?.append(places, as: format, to: &bytes) {
                    throw overflow(row - places.lowerBound + range.lowerBound)
                }
            }
        }
        return bytes
    }

    /// Where the rows come from: strings, some of them JSON.
    private var metadata: [(key: String, value: String)] {
        var names = JSONWriter()
        names.array {
            for item in tokens.items {
                switch item.spelling {
                case .token(let token, _): $0.string(token)
                case .sourceIDs(let ids): $0.array { for id in ids { $0.number(Int(id)) } }
                }
            }
        }
        var items = JSONWriter()
        items.array { list in
            for item in tokens.items {
                list.object { TokenDescription(item: item, method: request.rows.choice.method, model: tokens.model).write(to: &$0) }
            }
        }
        return [("model", tokens.model.name), ("digest", tokens.model.digest)] + request.rows.metadata(for: tokens.model) + [
            ("on_existing", request.onExisting.rawValue), ("tokens", String(decoding: names.bytes, as: UTF8.self)),
            ("items", String(decoding: items.bytes, as: UTF8.self)),
        ]
    }
}
