import Generation
import HTTPServer
import Hypernetworks
import Tokenization

/// The tokens of a request as their model takes them, with what the answer will say of them.
public struct PreparedTokens: Sendable {
    struct Item: Sendable {
        var spelling: TokenProposal.Spelling
        /// The token as it was read; nil if it was given as source ids.
        var token: TokenBytes?
        var row: PlannedRow
        /// What a comparison has found for the row, where the answer is to tell it.
        var mixture: RowRecipe?
        /// The base's id for the same bytes, or for those whose row is copied though they differ in case.
        var existingID: Int?
        /// The index of the first item that is the same.
        var duplicateOf: Int?
        /// The rows of the base that stand for the token's pieces there, where the request wants to know how far from them its own is.
        var basePieces: [Int32] = []
        /// Names of what the caller should know about this token.
        var warnings: [Warning]

        var status: RowStatus { row.status }
        /// What the engine makes the row from.
        var source: RowSource { mixture.map(RowSource.recipe) ?? row.source }
        /// The sum of the base's rows that the row is; nil for any other, and for one that only the engine will know.
        var combination: Combination? { if case .recipe(.combination(let combination)) = source { combination } else { nil } }
    }

    enum Warning: String, CaseIterable {
        /// The base tokenizer's normaliser has changed the text.
        case normalized
        case truncated
        /// Some pieces stand for what the base cannot spell.
        case fallbackPieces = "fallback_pieces"
        /// There was nothing to make a row of: the status says what it is instead.
        case notCovered = "not_covered"
        /// The token is a single piece of the base, so that its row is an exact copy of that one's.
        case duplicateRow = "duplicate_row"
        case existing
        /// The base has the token in other cases, and that one's row is copied.
        case caseDiffers = "case_differs"
        case duplicateOf = "duplicate_of"
        /// The hypernetwork does not look at languages.
        case languageIgnored = "language_ignored"
        /// No method of the request looks at the words that the token stands in.
        case wordsIgnored = "words_ignored"
    }

    public let model: EmbeddingModel
    let items: [Item]
    /// The tokens' rows by the methods they are compared with, for one method behind the other.
    private let comparisons: [[(source: RowSource, status: RowStatus)]]
    private let norm: NormPolicy

    /// Reads every token of `request` and decides what its row is made from.
    ///
    /// - Parameters:
    ///   - tellsMixtures: whether the answer says of what rows of the base each row is mixed, which diagnostics do as well.
    ///   - pause: called now and then, for others to have their turn.
    ///   - giveUp: why the request is not worth any more work, if it is not.
    /// - Throws: a 422 problem with a pointer to each token that the model cannot take, 413 for too many pieces or rows to tell of.
    public init(
        _ request: TokenEmbeddingsRequest, model: EmbeddingModel, limits: RequestLimits = RequestLimits(),
        tellsMixtures: Bool = false, pause: () -> Void = {}, giveUp: () -> GenerationError? = { nil }
    ) throws(Problem) {
        var issues = FieldIssues()
        var choice = request.rows.choice
        if choice.method == .merge { choice.merges = try Self.merges(of: request, model: model, issues: &issues) }
        let planner = RowPlanner(model, choice)
        let comparators = request.comparisons.map { RowPlanner(model, choice.with($0)) }
        let readsWords = ([choice.method] + request.comparisons).contains(where: model.readsWords)
        var items: [Item] = []
        var pieces = 0
        var comparisons = comparators.map { _ in [(source: RowSource, status: RowStatus)]() }
        var firstIndices: [NewToken: Int] = [:]
        items.reserveCapacity(request.tokens.count)
        firstIndices.reserveCapacity(request.tokens.count)
        for (index, proposal) in request.tokens.enumerated() {
            pause()
            do {
                let token = try Self.read(proposal, at: index, readsWords: readsWords, model: model)
                var item = try Self.item(proposal, token, planner: planner, onExisting: request.onExisting)
                if proposal.words != nil, !readsWords { item.warnings.append(.wordsIgnored) }
                let identity = token.identity
                if let first = firstIndices[identity] {
                    item.duplicateOf = first
                    item.warnings.append(.duplicateOf)
                } else {
                    firstIndices[identity] = index
                }
                if request.wantsDiagnostics { item.basePieces = try planner.pieces(of: token) ?? [] }
                items.append(item)
                pieces += item.row.pieces.count
                for (place, comparator) in comparators.enumerated() {
                    let row = try comparator.plan(token)
                    comparisons[place].append((row.source, row.status))
                }
            } catch let error as PartError {
                issues.add(pointer: error.pointer, error.description)
            } catch RowPlanError.words(let error) where proposal.words != nil {
                issues.add(pointer: proposal.pointerToWords(at: index), "\(error)")
            } catch RowPlanError.mixture(.donor(let error)) {
                // Wrong for any token.
                throw Problem(invalid: "\(error)", at: "/atoms")
            } catch {
                issues.add(pointer: proposal.pointer(at: index), "\(error)")
            }
            guard pieces <= limits.maximumPieces else {
                throw limits.tooManyTokens(pieces, limit: limits.maximumPieces, "pieces or more", pointer: "/tokens")
            }
        }
        try issues.throwIfAny()
        if tellsMixtures || request.wantsDiagnostics {
            try Self.findMixtures(of: &items, pieces, model, limits, pause: pause, giveUp: giveUp)
        }
        self.model = model
        self.items = items
        self.comparisons = comparisons
        norm = request.rows.norm
    }

    /// What the engine makes of all tokens.
    public var order: RowOrder { order(items.indices) }

    /// What the engine makes of some of the tokens: their rows, then those that they are compared with, one method's behind the other's.
    func order(_ tokens: Range<Int>) -> RowOrder {
        RowOrder(items[tokens].map(\.source) + comparisons.flatMap { $0[tokens].map(\.source) }, norm: norm)
    }

    /// What a token's row by one of the methods it is compared with has come from.
    func status(of token: Int, comparison: Int) -> RowStatus { comparisons[comparison][token].status }

    /// Names of what the caller should know about each token.
    public var warnings: [[String]] { items.map { $0.warnings.map(\.rawValue) } }

    /// Pieces of all rows.
    var pieceCount: Int { items.reduce(0) { $0 + $1.row.pieces.count } }

    /// - Parameter pieces: of all items, which there may be so many of together with rows that are mixed.
    private static func findMixtures(
        of items: inout [Item], _ pieces: Int, _ model: EmbeddingModel, _ limits: RequestLimits, pause: () -> Void,
        giveUp: () -> GenerationError?
    ) throws(Problem) {
        var count = pieces
        let queries = items.enumerated().compactMap { index, item in
            if case .query(let query) = item.row.source { (index: index, query: query) } else { nil }
        }
        try model.forEachRecipe(of: queries.map(\.query)) { () throws(Problem) in
            pause()
            if let reason = giveUp() { throw Problem(reason) }
        } _: { place, result throws(Problem) in
            let index = queries[place].index
            items[index].mixture = try result.mapError { Problem(.unmixable(row: index, $0)) }.get()
            count += items[index].combination?.rows.count ?? 0
            guard count <= limits.maximumPieces else {
                throw limits.tooManyTokens(
                    count, limit: limits.maximumPieces, "pieces and rows to tell of, or more", pointer: "/tokens")
            }
        }
    }

    // MARK: Tokens

    /// A part of a token that the model does not have: a row of the base, or a word.
    private struct PartError: Error {
        var description: String
        var pointer: String
    }

    private static func read(
        _ proposal: TokenProposal, at index: Int, readsWords: Bool, model: EmbeddingModel
    ) throws -> NewToken {
        var form = TokenForm.text
        let spelling: NewToken.Spelling
        switch proposal.spelling {
        case .token(let text, let ownForm):
            form = ownForm
            spelling = .bytes(try model.reader.read(text, form: form))
        case .sourceIDs(let ids): spelling = .sourceIDs(ids)
        }
        return NewToken(
            spelling, language: proposal.language, description: proposal.description,
            weights: try proposal.sources.map { source in
                .init(row: try row(of: source, of: index, form: form, model: model), weight: source.weight)
            },
            wordIDs: readsWords ? try wordIDs(of: proposal, at: index, model: model) : nil)
    }

    private static func row(
        of source: TokenProposal.Source, of index: Int, form: TokenForm, model: EmbeddingModel
    ) throws -> Int32 {
        // Finding out where something stands takes a walk through the body: only for what is wrong.
        func error(_ description: String) -> PartError {
            PartError(description: description, pointer: source.pointer ?? "/tokens/\(index)/sources")
        }
        switch source.row {
        case .id(let id):
            guard (0..<model.base.rows).contains(id) else {
                throw error("the base model has no row \(id), only 0 to \(model.base.rows - 1)")
            }
            return Int32(id)
        case .token(let text):
            let token = try model.reader.read(text, form: form)
            guard let id = model.baseTokenizer.id(of: token) else {
                throw error("the base model has no token \"\(text)\"")
            }
            return Int32(id)
        }
    }

    /// The ids of the words that the token comes with; nil if it comes with none.
    private static func wordIDs(of proposal: TokenProposal, at index: Int, model: EmbeddingModel) throws(PartError) -> [Int32]? {
        let pointer = proposal.pointerToWords(at: index)
        guard let given = proposal.words else { return nil }
        guard let words = model.words else {
            // The planner compares ids with what the hypernetwork was trained with.
            if case .ids(let ids) = given { return ids.map { Int32($0) } }
            throw PartError(description: "the model has no word vectors to find words in, only ids of words", pointer: pointer)
        }
        do throws(WordContextError) {
            switch given {
            case .named(let names): return try words.ids(of: names).map { Int32($0) }
            case .ids(let ids): return try words.checked(ids).map { Int32($0) }
            }
        } catch {
            throw PartError(description: "\(error)", pointer: error.index.map { "\(pointer)/\($0)" } ?? pointer)
        }
    }

    private static func item(
        _ proposal: TokenProposal, _ token: NewToken, planner: RowPlanner, onExisting: ExistingTokens
    ) throws(RowPlanError) -> Item {
        let model = planner.model
        var spelled: TokenBytes?
        if case .bytes(let bytes) = token.spelling { spelled = bytes }
        let row: PlannedRow
        if let copy = spelled.flatMap({ model.copy(of: $0, onExisting) }) { row = copy } else { row = try planner.plan(token) }
        var item = Item(spelling: proposal.spelling, token: spelled, row: row, warnings: [])
        if spelled?.isNormalized == true { item.warnings.append(.normalized) }
        item.existingID = spelled.flatMap(model.baseTokenizer.id)
        if item.existingID != nil { item.warnings.append(.existing) }
        if case .copy(let id) = row.source {
            item.existingID = Int(id)
            if row.differsInCase { item.warnings.append(.caseDiffers) }
            return item
        }
        if [.fallback, .sampled].contains(row.status) { item.warnings.append(.notCovered) }
        if row.isTruncated { item.warnings.append(.truncated) }
        if row.fallbackPieces > 0 { item.warnings.append(.fallbackPieces) }
        if item.combination?.rows.count == 1 { item.warnings.append(.duplicateRow) }
        if proposal.language != nil, model.predictor?.hypernetwork.zett?.configuration.languages == nil {
            item.warnings.append(.languageIgnored)
        }
        return item
    }

    private static func merges(
        of request: TokenEmbeddingsRequest, model: EmbeddingModel, issues: inout FieldIssues
    ) throws(Problem) -> MergeRules {
        var rules: [(left: [UInt8], right: [UInt8])] = []
        rules.reserveCapacity(request.merges.count)
        for (index, merge) in request.merges.enumerated() {
            do throws(SurfaceFormError) {
                rules.append(
                    (
                        try model.reader.read(merge.left, form: request.form).bytes,
                        try model.reader.read(merge.right, form: request.form).bytes
                    ))
            } catch {
                issues.add(pointer: "/merges/\(index)", "\(error)")
            }
        }
        do throws(TrainingFreeError) {
            return try MergeRules(rules: rules)
        } catch {
            throw Problem(invalid: "\(error)", at: "/merges")
        }
    }
}
