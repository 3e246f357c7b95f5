import JSON
import Tokenization

/// One new token of a request: spelled out, or as the source ids of its surface form.
public struct TokenProposal: Sendable {
    public enum Spelling: Sendable {
        case token(String, TokenForm)
        case sourceIDs([Int32])
    }

    public var spelling: Spelling
    public var language: String?
    /// Where the token stands in the request's body; nil for one that came from no body.
    var pointer: String? { value?.pointer }

    private let value: JSONValue?

    public init(_ spelling: Spelling, language: String? = nil) {
        self.spelling = spelling
        self.language = language
        value = nil
    }

    private static let fields = ["token", "form", "language", "source_ids"]

    /// Reads `"token"`, `{"token", "form", "language"}` or `{"source_ids", "language"}`; nil if that raised an issue.
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
            let fields = ObjectFields(value, allowed: Self.fields, issues: &issues)
            self.language = fields.string("language", issues: &issues) ?? language
            let ownForm: TokenForm? = fields.option("form", issues: &issues)
            switch (fields["token"], fields["source_ids"]) {
            case (let tokenValue?, nil):
                guard let token = Self.token(tokenValue, limits: limits, issues: &issues) else { return nil }
                spelling = .token(token, ownForm ?? form)
                self.value = tokenValue
            case (nil, let idsValue?):
                if ownForm != nil { issues.add(value, "source_ids have no form") }
                guard let ids = Self.sourceIDs(idsValue, issues: &issues) else { return nil }
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

    private static func sourceIDs(_ value: JSONValue, issues: inout FieldIssues) -> [Int32]? {
        guard value.kind == .array else {
            issues.add(value, "must be an array of integers")
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
}
