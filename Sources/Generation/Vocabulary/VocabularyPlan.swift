import Hypernetworks
import Tokenization

/// What each row of a whole new vocabulary is made from: tokens that the base has are copied if they are to be, special tokens
/// always; the others are made by a method. Ids without a token, and special tokens that the base has no counterpart of, get the
/// base's mean.
public struct VocabularyPlan: Sendable {
    /// By id.
    public let rows: [PlannedRow]

    /// - Parameters:
    ///   - language: of all tokens.
    ///   - pause: called now and then, for others to have their turn.
    /// - Throws: for what is wrong with the choice of the method, not with a token.
    public init(
        _ listing: VocabularyListing, planner: RowPlanner, onExisting: ExistingTokens = .copy, language: String? = nil,
        pause: () -> Void = {}
    ) throws(RowPlanError) {
        let model = planner.model
        var rows: [PlannedRow] = []
        rows.reserveCapacity(listing.entries.count)
        for entry in listing.entries {
            switch entry {
            case .token(let bytes):
                let token = TokenBytes(bytes)
                if let copy = model.copy(of: token, onExisting) {
                    rows.append(copy)
                } else {
                    rows.append(
                        bytes.isEmpty ? RowPlanner.fallback : try planner.plan(NewToken(.bytes(token), language: language)))
                }
            case .special(let content):
                rows.append(model.baseTokenizer.counterpart(ofSpecial: content).map { .copy($0) } ?? RowPlanner.fallback)
            case .hole: rows.append(RowPlanner.fallback)
            }
            pause()
        }
        self.rows = rows
    }

    public var count: Int { rows.count }

    public func count(of status: RowStatus) -> Int { rows.count { $0.status == status } }

    /// What the engine is given for some of the ids.
    public func order(_ ids: Range<Int>, norm: NormPolicy) -> RowOrder { RowOrder(rows[ids].map(\.source), norm: norm) }
}
