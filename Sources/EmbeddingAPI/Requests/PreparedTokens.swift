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
        /// The base's id for the same bytes.
        var existingID: Int?
        /// The index of the first item that is the same.
        var duplicateOf: Int?
        /// The rows of the base that stand for the token's pieces there, where the request wants to know how far from them its own is.
        var basePieces: [Int32] = []
        /// Names of what the caller should know about this token.
        var warnings: [Warning]

        var status: RowStatus { row.status }
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
        case duplicateOf = "duplicate_of"
        /// The hypernetwork does not look at languages.
        case languageIgnored = "language_ignored"
    }

    public let model: EmbeddingModel
    let items: [Item]
    /// The tokens' rows by the methods they are compared with, for one method behind the other.
    private let comparisons: [[RowSource]]
    private let norm: NormPolicy

    /// Reads every token of `request` and decides what its row is made from.
    ///
    /// - Parameter pause: called now and then, for others to have their turn.
    /// - Throws: a 422 problem with a pointer to each token that the model cannot take, 413 for too many pieces.
    public init(
        _ request: TokenEmbeddingsRequest, model: EmbeddingModel, limits: RequestLimits = RequestLimits(), pause: () -> Void = {}
    ) throws(Problem) {
        var issues = FieldIssues()
        var choice = request.rows.choice
        if choice.method == .merge { choice.merges = try Self.merges(of: request, model: model, issues: &issues) }
        let planner = RowPlanner(model, choice)
        let comparators = request.comparisons.map { RowPlanner(model, choice.with($0)) }
        var items: [Item] = []
        var pieces = 0
        var comparisons = comparators.map { _ in [RowSource]() }
        var firstIndices: [NewToken: Int] = [:]
        items.reserveCapacity(request.tokens.count)
        firstIndices.reserveCapacity(request.tokens.count)
        for (index, proposal) in request.tokens.enumerated() {
            pause()
            do {
                let token = try Self.read(proposal, model: model)
                var item = try Self.item(proposal, token, planner: planner, onExisting: request.onExisting)
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
                for (place, comparator) in comparators.enumerated() { comparisons[place].append(try comparator.plan(token).source) }
            } catch let error as SourceError {
                issues.add(pointer: error.pointer ?? "/tokens/\(index)/sources", "\(error)")
            } catch {
                issues.add(pointer: proposal.pointer(at: index), "\(error)")
            }
            guard pieces <= limits.maximumPieces else {
                throw limits.tooManyTokens(pieces, limit: limits.maximumPieces, "pieces or more", pointer: "/tokens")
            }
        }
        try issues.throwIfAny()
        self.model = model
        self.items = items
        self.comparisons = comparisons
        norm = request.rows.norm
    }

    /// What the engine makes of all tokens.
    public var order: RowOrder { order(items.indices) }

    /// What the engine makes of some of the tokens: their rows, then those that they are compared with, one method's behind the other's.
    func order(_ tokens: Range<Int>) -> RowOrder {
        RowOrder(items[tokens].map(\.row.source) + comparisons.flatMap { $0[tokens] }, norm: norm)
    }

    /// Names of what the caller should know about each token.
    public var warnings: [[String]] { items.map { $0.warnings.map(\.rawValue) } }

    /// Pieces of all rows.
    var pieceCount: Int { items.reduce(0) { $0 + $1.row.pieces.count } }

    // MARK: Tokens

    /// A source of a token that is no row of the base.
    private struct SourceError: Error, CustomStringConvertible {
        var description: String
        var pointer: String?
    }

    private static func read(_ proposal: TokenProposal, model: EmbeddingModel) throws -> NewToken {
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
            weights: try proposal.sources.map { .init(row: try row(of: $0, form: form, model: model), weight: $0.weight) })
    }

    private static func row(of source: TokenProposal.Source, form: TokenForm, model: EmbeddingModel) throws -> Int32 {
        switch source.row {
        case .id(let id):
            guard (0..<model.base.rows).contains(id) else {
                throw SourceError(
                    description: "the base model has no row \(id), only 0 to \(model.base.rows - 1)", pointer: source.pointer)
            }
            return Int32(id)
        case .token(let text):
            let token = try model.reader.read(text, form: form)
            guard let id = model.baseTokenizer.id(of: token) else {
                throw SourceError(description: "the base model has no token \"\(text)\"", pointer: source.pointer)
            }
            return Int32(id)
        }
    }

    private static func item(
        _ proposal: TokenProposal, _ token: NewToken, planner: RowPlanner, onExisting: TokenEmbeddingsRequest.ExistingTokens
    ) throws(RowPlanError) -> Item {
        var item = Item(spelling: proposal.spelling, row: try planner.plan(token), warnings: [])
        if case .bytes(let spelled) = token.spelling {
            item.token = spelled
            item.existingID = planner.model.baseTokenizer.id(of: spelled)
            if spelled.isNormalized { item.warnings.append(.normalized) }
        }
        if let id = item.existingID {
            item.warnings.append(.existing)
            if onExisting == .copy {
                item.row = .copy(id)
                return item
            }
        }
        let row = item.row
        if [.fallback, .sampled].contains(row.status) { item.warnings.append(.notCovered) }
        if row.isTruncated { item.warnings.append(.truncated) }
        if row.fallbackPieces > 0 { item.warnings.append(.fallbackPieces) }
        if case .recipe(.combination(let combination)) = row.source, combination.rows.count == 1 {
            item.warnings.append(.duplicateRow)
        }
        if proposal.language != nil, planner.model.predictor?.hypernetwork.zett?.configuration.languages == nil {
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
