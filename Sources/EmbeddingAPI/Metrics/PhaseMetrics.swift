/// How long the phases take of answers that are computed.
struct PhaseMetrics: Sendable {
    /// The routes that have any.
    enum Route: String, CaseIterable {
        case tokenEmbeddings = "/v1/token-embeddings"
        case vocabularyEmbeddings = "/v1/vocabulary-embeddings"
        case decompositions = "/v1/decompositions"
    }

    enum Phase: String, CaseIterable {
        /// Until a worker took up the first token; added up over the parts of a streamed answer.
        case queue
        /// From there to the last row; likewise.
        case inference
        /// Writing the answer's body.
        case encode
        /// From the request's last byte until all of the answer is written.
        case total
    }

    private let histograms = Route.allCases.map { _ in Phase.allCases.map { _ in DurationHistogram() } }

    func record(_ duration: Duration, _ phase: Phase, of route: Route) { self[route, phase]?.record(duration) }

    subscript(route: Route, phase: Phase) -> DurationHistogram? {
        guard let row = Route.allCases.firstIndex(of: route), let column = Phase.allCases.firstIndex(of: phase) else { return nil }
        return histograms[row][column]
    }
}
