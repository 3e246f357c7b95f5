import Hypernetworks
import Tokenization

/// What each row of a whole new vocabulary is made from: tokens that the base has, by the same bytes, are copied, special tokens too;
/// the others are made by a method. Ids without a token, and special tokens that the base has no counterpart of, get the base's mean.
public struct VocabularyPlan: Sendable {
    /// By id.
    public let rows: [PlannedRow]

    /// - Parameters:
    ///   - language: of all tokens.
    ///   - pause: called now and then, for others to have their turn.
    /// - Throws: for what is wrong with the choice of the method, not with a token.
    public init(
        _ listing: VocabularyListing, planner: RowPlanner, language: String? = nil, pause: () -> Void = {}
    ) throws(RowPlanError) {
        let base = planner.model.baseTokenizer
        var rows: [PlannedRow] = []
        rows.reserveCapacity(listing.entries.count)
        for entry in listing.entries {
            let existing: Int? =
                switch entry {
                case .token(let bytes): base.id(of: bytes)
                case .special(let content): base.counterpart(ofSpecial: content)
                case .hole: nil
                }
            if let existing {
                rows.append(.copy(existing))
            } else if case .token(let bytes) = entry, !bytes.isEmpty {
                let token = NewToken(.bytes(TokenBytes(bytes)), language: language)
                rows.append(try planner.plan(token))
            } else {
                rows.append(RowPlanner.fallback)
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
