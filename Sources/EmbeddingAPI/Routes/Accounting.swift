import Generation
import HTTPServer

/// What routes tell logs and metrics of the requests that they answer.
extension EmbeddingService {
    /// Has the request's line in the log say what it is about.
    func note(_ request: TokenEmbeddingsRequest, _ tokens: PreparedTokens, of exchange: HTTPExchange) {
        exchange.note("model", .text(tokens.model.name))
        exchange.note("tokens", .number(request.tokens.count))
        if logsTokens {
            exchange.note("first_tokens", .texts(request.tokens.prefix(Self.loggedTokens).map(\.logText)))
        }
    }

    private static let loggedTokens = 8

    /// Counts tokens whose rows are answered.
    func count(_ items: ArraySlice<PreparedTokens.Item>, by method: Method, model: EmbeddingModel) {
        count(items.lazy.map { ($0.status, $0.row.pieces.count) }, by: method, model: model)
    }

    /// Counts those of a vocabulary's rows that a stream has computed and given out.
    func count(_ stream: VocabularyStream, of plan: VocabularyPlan, by method: Method, model: EmbeddingModel) {
        for ids in stream.computedRows {
            count(ids.lazy.map { (plan.rows[$0].status, plan.rows[$0].pieces.count) }, by: method, model: model)
        }
    }

    private func count(_ rows: some Sequence<(RowStatus, Int)>, by method: Method, model: EmbeddingModel) {
        var counts = [Int](repeating: 0, count: RowStatus.allCases.count)
        var pieces = 0
        for (status, count) in rows {
            counts[Int(status.code)] += 1
            pieces += count
        }
        let tokens = metrics.tokens(of: model)
        for status in RowStatus.allCases { tokens.count(method, status, counts[Int(status.code)]) }
        tokens.pieces.add(pieces)
    }

    /// Counts what the phases of an answer have taken.
    func count(
        _ durations: (queued: Duration, computed: Duration), encoding: Duration, total: Duration, of route: PhaseMetrics.Route
    ) {
        metrics.phases.record(durations.queued, .queue, of: route)
        metrics.phases.record(durations.computed, .inference, of: route)
        metrics.phases.record(encoding, .encode, of: route)
        metrics.phases.record(total, .total, of: route)
    }
}

extension TokenProposal {
    /// The token as the client has spelled it, its beginning if it is long.
    fileprivate var logText: String {
        switch spelling {
        case .token(let text, _): String(text.unicodeScalars.prefix(200))
        case .sourceIDs(let ids): "\(ids.prefix(32))"
        }
    }
}
