import HTTPServer
import JSON
import Tokenization

/// One new token of a request: spelled out, or as the source ids of its surface form.
public struct TokenProposal: Sendable {
    public enum Spelling: Sendable {
        case token(String, TokenForm)
        case sourceIDs([Int32])
    }

    /// A row of the base that goes into the token's, for the method `explicit`.
    public struct Source: Sendable {
        public enum Row: Sendable {
            case id(Int)
            /// A token of the base, in the form of the new token.
            case token(String)
        }

        public var row: Row
        public var weight: Double
        /// Where it stands in the request's body.
        var pointer: String? { value?.pointer }

        fileprivate let value: JSONValue?
    }

    /// Words that the token stands in, as the caller has found them.
    public enum Words: Sendable {
        case named([String])
        case ids([Int])
    }

    public var spelling: Spelling
    public var language: String?
    public var description: String? { details?.description }
    public var sources: [Source] { details?.sources ?? [] }
    public var words: Words? { details?.words }

    /// What few tokens have, apart from them: a request may have 100,000 that are strings.
    private final class Details: Sendable {
        let description: String?
        let sources: [Source]
        let words: Words?

        init(description: String?, sources: [Source], words: Words?) {
            self.description = description
            self.sources = sources
            self.words = words
        }
    }

    private let details: Details?
    /// Whether it came as an object with members, not as a string.
    private let isObject: Bool

    static let fieldNames = ["token", "form", "language", "source_ids", "description", "sources", "words", "word_ids"]

    public init(_ spelling: Spelling, language: String? = nil) {
        self.spelling = spelling
        self.language = language
        details = nil
        isObject = false
    }

    /// Where the spelling stands in the body of a request whose token number `index` this is.
    func pointer(at index: Int) -> String {
        guard isObject else { return "/tokens/\(index)" }
        return if case .sourceIDs = spelling { "/tokens/\(index)/source_ids" } else { "/tokens/\(index)/token" }
    }

    /// The same of its words.
    func pointerToWords(at index: Int) -> String {
        if case .ids? = words { "/tokens/\(index)/word_ids" } else { "/tokens/\(index)/words" }
    }

    /// Reads a JSON text: a token as a request has it.
    ///
    /// - Throws: a problem that says what is wrong with it.
    public init(json: [UInt8], form: TokenForm, language: String?) throws(Problem) {
        let root: JSONValue
        do throws(JSONSyntaxError) {
            root = try JSONDocument(parsing: json).root
        } catch {
            throw Problem(malformed: error)
        }
        var issues = FieldIssues()
        let token = TokenProposal(root, form: form, language: language, limits: RequestLimits(), issues: &issues)
        try issues.throwIfAny()
        guard let token else { throw Problem(invalid: "is no token", at: "") }
        self = token
    }

    /// Reads `"token"` or an object with `token` or `source_ids`; nil if that raised an issue.
    init?(
        _ value: JSONValue, form: TokenForm, language: String?, limits: RequestLimits, issues: inout FieldIssues
    ) {
        switch value.kind {
        case .string:
            guard let token = Self.token(value, limits: limits, issues: &issues) else { return nil }
            spelling = .token(token, form)
            self.language = language
            details = nil
            isObject = false
        case .object:
            isObject = true
            let fields = ObjectFields(value, allowed: Self.fieldNames, issues: &issues)
            self.language = fields.string("language", issues: &issues) ?? language
            let description = fields.string("description", issues: &issues)
            let sources = Self.sources(fields, limits: limits, issues: &issues)
            let words = Self.words(fields, limits: limits, issues: &issues)
            details =
                description == nil && sources.isEmpty && words == nil
                ? nil : Details(description: description, sources: sources, words: words)
            let ownForm: TokenForm? = fields.option("form", issues: &issues)
            switch (fields["token"], fields["source_ids"]) {
            case (let tokenValue?, nil):
                guard let token = Self.token(tokenValue, limits: limits, issues: &issues) else { return nil }
                spelling = .token(token, ownForm ?? form)
            case (nil, let idsValue?):
                if ownForm != nil { issues.add(value, "source_ids have no form") }
                guard let ids = Self.ids(idsValue, "source ids", limit: limits.maximumSources, issues: &issues) else { return nil }
                spelling = .sourceIDs(ids)
            default:
                issues.add(value, "must have either token or source_ids")
                return nil
            }
        default:
            issues.add(value, "must be a string or an object")
            return nil
        }
    }

    private static func token(_ value: JSONValue, limits: RequestLimits, issues: inout FieldIssues) -> String? {
        guard let token = value.string else {
            issues.add(value, "must be a string")
            return nil
        }
        if let issue = issue(with: token, limits) {
            issues.add(value, issue)
            return nil
        }
        return token
    }

    static func issue(with token: String, _ limits: RequestLimits) -> String? {
        token.utf8.count <= limits.maximumTokenBytes
            ? nil : "has \(token.utf8.count) bytes, and may have \(limits.maximumTokenBytes)"
    }

    private static func ids(
        _ value: JSONValue, _ what: String, limit: Int, issues: inout FieldIssues
    ) -> [Int32]? {
        guard value.kind == .array else {
            issues.add(value, "must be an array of integers")
            return nil
        }
        guard (1...limit).contains(value.count) else {
            issues.add(value, "must hold 1 to \(limit) \(what), not \(value.count)")
            return nil
        }
        var ids: [Int32] = []
        for element in value.elements {
            guard let id = element.integer.flatMap(Int32.init(exactly:)) else {
                issues.add(element, "must be an integer")
                return nil
            }
            ids.append(id)
        }
        return ids
    }

    /// `"words": [word]` or `"word_ids": [id]`.
    private static func words(_ fields: ObjectFields, limits: RequestLimits, issues: inout FieldIssues) -> Words? {
        guard let value = fields["word_ids"] else { return named(fields, limits: limits, issues: &issues) }
        if fields["words"] != nil { issues.add(value, "must not stand beside words") }
        return ids(value, "word ids", limit: limits.maximumWords, issues: &issues).map { .ids($0.map(Int.init)) }
    }

    private static func named(_ fields: ObjectFields, limits: RequestLimits, issues: inout FieldIssues) -> Words? {
        guard let list = fields.array("words", issues: &issues) else { return nil }
        guard (1...limits.maximumWords).contains(list.count) else {
            issues.add(list, "must hold 1 to \(limits.maximumWords) words, not \(list.count)")
            return nil
        }
        return .named(list.elements.compactMap { token($0, limits: limits, issues: &issues) })
    }

    /// `[{"id" or "token", "weight"}]`; a weight is 1 if it is left out.
    private static func sources(_ fields: ObjectFields, limits: RequestLimits, issues: inout FieldIssues) -> [Source] {
        guard let list = fields.array("sources", issues: &issues) else { return [] }
        guard (1...limits.maximumSources).contains(list.count) else {
            issues.add(list, "must hold 1 to \(limits.maximumSources) sources, not \(list.count)")
            return []
        }
        return list.elements.compactMap { element in
            let source = ObjectFields(element, allowed: ["id", "token", "weight"], issues: &issues)
            let weight = source.number("weight", issues: &issues) ?? 1
            switch (source.integer("id", issues: &issues), source.string("token", issues: &issues)) {
            case (let id?, nil): return Source(row: .id(id), weight: weight, value: element)
            case (nil, let token?): return Source(row: .token(token), weight: weight, value: element)
            default:
                issues.add(element, "must have either id or token")
                return nil
            }
        }
    }
}
