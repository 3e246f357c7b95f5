import Generation
import HTTPServer
import JSON
import Tokenization

/// The body of `POST /v1/token-embeddings` or `/v1/decompositions`: its shape checked, its tokens not yet given to a model.
public struct TokenEmbeddingsRequest: Sendable {
    public var model: String
    public var tokens: [TokenProposal]
    public var rows: RowOptions
    public var encoding: Encoding
    public var onExisting: ExistingTokens
    /// Further methods, by which each token gets a row beside its own.
    public var comparisons: [Method]
    public var wantsDiagnostics: Bool
    /// For the method `merge`: the pairs that are merged, in `form`.
    var merges: [Merge]
    /// Of tokens without one of their own.
    var form: TokenForm
    /// Nil to go by the number of tokens.
    public var priority: Priority?

    /// How a row is written.
    public enum Encoding: String, Sendable, CaseIterable {
        /// An array of JSON numbers.
        case float
        /// Base64 of little-endian numbers: a third of the bytes.
        case base64
    }

    struct Merge: Sendable {
        var left: String
        var right: String
    }

    public static let defaultModel = "default"

    static let fieldNames =
        ["model", "tokens", "form", "encoding", "on_existing", "diagnostics", "compare", "merges", "priority"] + RowOptions.fieldNames

    public init(
        model: String = defaultModel, tokens: [TokenProposal], rows: RowOptions = RowOptions(), encoding: Encoding = .float
    ) {
        self.model = model
        self.tokens = tokens
        self.rows = rows
        self.encoding = encoding
        onExisting = .generate
        comparisons = []
        wantsDiagnostics = false
        merges = []
        form = .text
    }

    /// Reads a JSON body.
    ///
    /// - Throws: a problem: 400 for what is not JSON, 413 for too many tokens, 422 with pointers for everything else.
    public init(body: [UInt8], limits: RequestLimits) throws(Problem) {
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: body).root
        } catch {
            throw Problem(malformed: error)
        }
        var issues = FieldIssues()
        let fields = ObjectFields(root, allowed: Self.fieldNames, issues: &issues)
        form = fields.option("form", issues: &issues) ?? .text
        model = fields.string("model", issues: &issues) ?? Self.defaultModel
        rows = RowOptions(fields, issues: &issues)
        encoding = fields.option("encoding", issues: &issues) ?? .float
        onExisting = fields.option("on_existing", issues: &issues) ?? .generate
        wantsDiagnostics = fields.flag("diagnostics", issues: &issues) ?? false
        comparisons = fields.options("compare", issues: &issues) ?? []
        priority = fields.option("priority", issues: &issues)
        merges = []
        tokens = []
        checkComparisons(fields, issues: &issues)
        try readMerges(fields, limits: limits, issues: &issues)
        if root.kind == .object { try readTokens(fields, limits: limits, issues: &issues) }
        try issues.throwIfAny()
    }

    /// Rows of all tokens, those that they are compared with among them.
    var rowCount: Int { tokens.count * (1 + comparisons.count) }

    private func checkComparisons(_ fields: ObjectFields, issues: inout FieldIssues) {
        for method in comparisons where method.needs != nil || method == rows.choice.method {
            let known = Method.allCases.filter { $0.needs == nil && $0 != rows.choice.method }.map(\.rawValue)
            issues.add(
                pointer: fields.pointer("compare"),
                "\(method.rawValue) cannot be compared with; what can are \(known.joined(separator: ", "))")
        }
        if Set(comparisons).count < comparisons.count {
            issues.add(pointer: fields.pointer("compare"), "names a method twice")
        }
    }

    private mutating func readTokens(
        _ fields: ObjectFields, limits: RequestLimits, issues: inout FieldIssues
    ) throws(Problem) {
        guard let list = fields["tokens"], list.kind == .array else {
            issues.add(pointer: "/tokens", "must be an array of tokens")
            return
        }
        let count = list.count
        let methods = 1 + comparisons.count
        let limit = (wantsDiagnostics ? limits.maximumDiagnosedTokens : limits.maximumTokens) / methods
        guard count <= limit else {
            let what = (wantsDiagnostics ? "tokens with diagnostics" : "tokens") + (methods > 1 ? " by \(methods) methods" : "")
            throw limits.tooManyTokens(count, limit: limit, what, pointer: list.pointer)
        }
        if count == 0 { issues.add(list, "must hold at least one token") }
        tokens.reserveCapacity(count)
        var index = 0
        list.forEachElement { text in
            if let issue = TokenProposal.issue(with: text, limits) {
                issues.add(pointer: "/tokens/\(index)", issue)
            } else {
                tokens.append(TokenProposal(.token(text, form), language: rows.language))
            }
            index += 1
        } other: { value in
            if let token = TokenProposal(value, form: form, language: rows.language, limits: limits, issues: &issues) {
                tokens.append(token)
            }
            index += 1
        }
    }

    /// `[["left", "right"], …]`.
    private mutating func readMerges(
        _ fields: ObjectFields, limits: RequestLimits, issues: inout FieldIssues
    ) throws(Problem) {
        guard let list = fields.array("merges", issues: &issues) else {
            if rows.choice.method == .merge { issues.add(pointer: "/merges", "method merge needs the merges of the new vocabulary") }
            return
        }
        guard list.count <= limits.maximumMerges else {
            throw limits.tooManyTokens(list.count, limit: limits.maximumMerges, "merges", pointer: list.pointer)
        }
        for element in list.elements {
            let pair = element.count == 2 ? element.elements.compactMap(\.string) : []
            if pair.count == 2, pair.allSatisfy({ (1...limits.maximumTokenBytes).contains($0.utf8.count) }) {
                merges.append(Merge(left: pair[0], right: pair[1]))
            } else {
                issues.add(element, "must be two strings of 1 to \(limits.maximumTokenBytes) bytes")
            }
        }
    }
}

extension Problem {
    init(malformed error: JSONSyntaxError) {
        self.init(status: .badRequest, code: "malformed_json", title: "The body is not JSON", detail: "\(error)")
    }
}
