import Hypernetworks
import Tensors
import Tokenization

/// The rows of a whole vocabulary, from the decision what each is made from to the bytes of the file that holds them.
public struct VocabularyTransfer: Sendable {
    public let model: EmbeddingModel
    public let plan: VocabularyPlan
    public let norm: NormPolicy
    public let file: VocabularyFile

    /// - Parameters:
    ///   - source: the bytes that `listing` was read from.
    ///   - options: how the rows are made, for all tokens alike.
    ///   - onExisting: of tokens other than special ones.
    ///   - pause: called now and then, for others to have their turn.
    /// - Throws: for what is wrong with the options, not with a token.
    public init(
        _ listing: VocabularyListing, source: [UInt8], model: EmbeddingModel, options: RowOptions,
        onExisting: ExistingTokens = .copy, pause: () -> Void = {}
    ) throws(RowPlanError) {
        self.model = model
        norm = options.norm
        plan = try VocabularyPlan(
            listing, planner: RowPlanner(model, options.choice), onExisting: onExisting, language: options.language, pause: pause)
        var digest = ContentDigest()
        digest.add("vocabulary", source)
        file = VocabularyFile(
            plan, model: model, outputs: options.outputs, format: options.format,
            metadata: [("model", model.name), ("digest", model.digest), ("vocabulary_digest", digest.finish())]
                + options.metadata(for: model) + [("on_existing", onExisting.rawValue)])
    }

    /// A strong entity tag (RFC 9110 section 8.8.3): the same for files that have the same bytes. The file says of itself what it was made
    /// of and how; the rest is up to this executable and this kind of processor.
    public var entityTag: String {
        var digest = ContentDigest()
        digest.add("file", file.header)
        digest.add("status", file.status)
        digest.add("kernels \(Kernels.best.rounding)")
        digest.add("executable \(Self.executable)")
        return "\"\(digest.finish())\""
    }

    /// Empty where the system does not show it: tags are of one machine then.
    private static let executable: String = {
        guard let file = try? MappedFile(path: "/proc/self/exe") else { return "" }
        var digest = ContentDigest()
        digest.add("executable", file)
        return digest.finish()
    }()

    /// Begins to compute a range of the file.
    ///
    /// - Parameters:
    ///   - deadline: after that nothing more is computed.
    ///   - isCancelled: asked before each batch; once it says yes, nothing more is computed.
    public func stream(
        _ range: Range<Int>? = nil, on engine: GenerationEngine, deadline: ContinuousClock.Instant? = nil,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(VocabularyStreamError) -> VocabularyStream {
        try VocabularyStream(
            engine, self, range: range ?? 0..<file.count, deadline: deadline, isCancelled: isCancelled)
    }

    /// Begins to compute the rows of some of the ids, in slices.
    func rows(
        _ ids: Range<Int>, on engine: GenerationEngine, deadline: ContinuousClock.Instant? = nil, isAdmitted: Bool = false,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(GenerationError) -> RowStream {
        let rowsPerSlice = min(
            max(Self.sliceBytes / model.rowShape.bytes, Self.leastRows), Self.mostRows)
        let (plan, norm) = (plan, norm)
        return try RowStream(
            engine, model: model, count: (ids.count + rowsPerSlice - 1) / rowsPerSlice, priority: .bulk, deadline: deadline,
            isAdmitted: isAdmitted, isCancelled: isCancelled
        ) { slice in
            let first = ids.lowerBound + slice * rowsPerSlice
            return plan.order(first..<min(first + rowsPerSlice, ids.upperBound), norm: norm)
        }
    }

    /// Begins to compute the rows of all ids, in slices.
    public func rows(on engine: GenerationEngine) throws(GenerationError) -> RowStream {
        try rows(0..<plan.count, on: engine)
    }

    /// A slice has so many bytes of rows: enough for whole batches, few enough to hold many.
    private static let sliceBytes = 1 << 20
    private static let leastRows = 32
    private static let mostRows = 1_024
}
