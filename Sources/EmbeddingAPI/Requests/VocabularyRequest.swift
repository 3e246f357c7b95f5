import Generation
import HTTPServer
import Hypernetworks
import JSON
import Tokenization

/// A request for the rows of a whole vocabulary: the vocabulary is the body, everything else stands in the query.
struct VocabularyRequest {
    let model: EmbeddingModel
    private(set) var rows: RowOptions
    private let onExisting: ExistingTokens
    private let listing: VocabularyListing
    private let source: [UInt8]

    /// - Parameter model: finds a model by its name.
    /// - Throws: a problem: 400 for what is not JSON, 413 for too many ids, 422 for everything else.
    init(
        _ request: HTTPRequest, limits: RequestLimits, model: (String) throws(Problem) -> ServedModel
    ) throws(Problem) {
        var issues = FieldIssues()
        let query = QueryFields(request.query, allowed: ["model", "on_existing"] + RowOptions.fieldNames, issues: &issues)
        rows = RowOptions(query, issues: &issues)
        onExisting = query.option("on_existing", issues: &issues) ?? .copy
        if [.description, .explicit].contains(rows.choice.method) {
            issues.add(pointer: "?method", "\(rows.choice.method.rawValue) is for single tokens, not for a vocabulary")
        }
        try issues.throwIfAny()
        let served = try model(query.string("model", issues: &issues) ?? TokenEmbeddingsRequest.defaultModel)
        try served.check(rows.choice.method, pointer: "?method")
        self.model = served.model

        source = request.body
        let root: JSONValue
        do throws(JSONSyntaxError) {
            root = try JSONDocument(parsing: request.body).root
        } catch {
            throw Problem(malformed: error)
        }
        try Self.check(root, limits)
        if root["vocabulary"] != nil {
            if rows.choice.method == .merge { issues.add(pointer: "?method", "merge needs a tokenizer.json with merges") }
            listing = try Self.plainListing(root, base: self.model.baseTokenizer, limits: limits, issues: &issues)
        } else {
            let tokenizer = TokenizerDocument(root: root, file: "the body")
            do throws(TokenizerError) {
                listing = try tokenizer.listing()
            } catch {
                throw Problem(invalid: "\(error)", at: error.pointer)
            }
            if rows.choice.method == .merge { rows.choice.merges = try Self.merges(of: tokenizer) }
        }
        guard listing.entries.count <= limits.maximumVocabulary else {
            throw limits.tooManyTokens(listing.entries.count, limit: limits.maximumVocabulary, "ids", pointer: "")
        }
        try served.check(count: listing.entries.count, "ids", pointer: "", limits: limits)
        if listing.entries.isEmpty { issues.add(pointer: "", "has no tokens") }
        for (id, entry) in listing.entries.enumerated() where entry.bytes.count > limits.maximumTokenBytes {
            issues.add(pointer: "", "id \(id) has \(entry.bytes.count) bytes, a token may have \(limits.maximumTokenBytes)")
        }
        try issues.throwIfAny()
    }

    /// Counts what the body lists before any of it is read: a list of nothings has several million of them.
    private static func check(_ root: JSONValue, _ limits: RequestLimits) throws(Problem) {
        for path in [["vocabulary"], ["model", "vocab"], ["added_tokens"], ["model", "merges"]] {
            guard let list = path.reduce(Optional(root), { $0?[$1] }) else { continue }
            guard list.count <= limits.maximumVocabulary else {
                throw limits.tooManyTokens(list.count, limit: limits.maximumVocabulary, "entries", pointer: list.pointer)
            }
        }
    }

    /// Ids of the vocabulary.
    var count: Int { listing.entries.count }

    /// Decides what each row is made from.
    func transfer(pause: () -> Void) throws(Problem) -> VocabularyTransfer {
        do throws(RowPlanError) {
            return try VocabularyTransfer(
                listing, source: source, model: model, options: rows, onExisting: onExisting, pause: pause)
        } catch .mixture(.donor(let error)) {
            throw Problem(invalid: "\(error)", at: "?atoms")
        } catch {
            throw Problem(invalid: "\(error)", at: "")
        }
    }

    /// Reads `{"vocabulary": [piece, …] or {piece: id, …}, "form": …}`. Pieces that are spelled like a special token of the base are
    /// that token.
    private static func plainListing(
        _ root: JSONValue, base: BaseTokenizer, limits: RequestLimits, issues: inout FieldIssues
    ) throws(Problem) -> VocabularyListing {
        let fields = ObjectFields(root, allowed: ["vocabulary", "form"], issues: &issues)
        let form: TokenForm? = fields.option("form", issues: &issues)
        if form == nil, issues.isEmpty { issues.add(pointer: "/form", "must say how the vocabulary's pieces are spelled") }
        try issues.throwIfAny()
        guard let form, let list = fields["vocabulary"] else { return .empty }
        func isSpecial(_ piece: String) -> Bool { base.specialID(of: Array(piece.utf8)) != nil }
        let pieces = list.elements.compactMap { element in
            if element.string == nil { issues.add(element, "must be a string") }
            return element.string
        }
        let piecesWithIDs = list.members.compactMap { key, value in
            if value.integer == nil { issues.add(value, "must be an integer") }
            return key.string.flatMap { piece in value.integer.map { (piece: piece, id: $0) } }
        }
        if ![.array, .object].contains(list.kind) { issues.add(list, "must be an array of pieces, or an object of their ids") }
        try issues.throwIfAny()
        do throws(VocabularyListingError) {
            return list.kind == .array
                ? try VocabularyListing(pieces: pieces, form: form, isSpecial: isSpecial)
                : try VocabularyListing(pieces: piecesWithIDs, form: form, isSpecial: isSpecial)
        } catch {
            throw Problem(invalid: "\(error)", at: "/vocabulary")
        }
    }

    private static func merges(of tokenizer: TokenizerDocument) throws(Problem) -> MergeRules {
        let rules: [(left: [UInt8], right: [UInt8])]
        do throws(TokenizerError) {
            rules = try tokenizer.merges()
        } catch {
            throw Problem(invalid: "\(error)", at: error.pointer)
        }
        do throws(TrainingFreeError) {
            return try MergeRules(rules: rules)
        } catch {
            throw Problem(invalid: "\(error)", at: "/model/merges")
        }
    }
}

extension TokenizerError {
    /// What part of the tokenizer is wrong.
    fileprivate var pointer: String {
        switch self {
        case .invalid(_, let pointer, _), .unsupported(_, let pointer, _): pointer
        case .unreadable, .malformed, .unknownForm: ""
        }
    }
}
