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

    public var spelling: Spelling
    public var language: String?
    public var description: String?
    public var sources: [Source] = []
    /// Where the token stands in the request's body; nil for one that came from no body.
    var pointer: String? { value?.pointer }

    private let value: JSONValue?

    static let fieldNames = ["token", "form", "language", "source_ids", "description", "sources"]

    public init(_ spelling: Spelling, language: String? = nil) {
        self.spelling = spelling
        self.language = language
        value = nil
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
            self.value = value
        case .object:
            let fields = ObjectFields(value, allowed: Self.fieldNames, issues: &issues)
            self.language = fields.string("language", issues: &issues) ?? language
            description = fields.string("description", issues: &issues)
            sources = Self.sources(fields, limits: limits, issues: &issues)
            let ownForm: TokenForm? = fields.option("form", issues: &issues)
            switch (fields["token"], fields["source_ids"]) {
            case (let tokenValue?, nil):
                guard let token = Self.token(tokenValue, limits: limits, issues: &issues) else { return nil }
                spelling = .token(token, ownForm ?? form)
                self.value = tokenValue
            case (nil, let idsValue?):
                if ownForm != nil { issues.add(value, "source_ids have no form") }
                guard let ids = Self.sourceIDs(idsValue, limits: limits, issues: &issues) else { return nil }
                spelling = .sourceIDs(ids)
                self.value = idsValue
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
        guard token.utf8.count <= limits.maximumTokenBytes else {
            issues.add(value, "has \(token.utf8.count) bytes, a token may have \(limits.maximumTokenBytes)")
            return nil
        }
        return token
    }

    private static func sourceIDs(_ value: JSONValue, limits: RequestLimits, issues: inout FieldIssues) -> [Int32]? {
        guard value.kind == .array else {
            issues.add(value, "must be an array of integers")
            return nil
        }
        guard (1...limits.maximumSources).contains(value.count) else {
            issues.add(value, "must hold 1 to \(limits.maximumSources) source ids, not \(value.count)")
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
