import Generation
import HTTPServer
import JSON
import Tokenization

/// The body of `POST /v1/token-embeddings`: its shape checked, its tokens not yet given to a model.
public struct TokenEmbeddingsRequest: Sendable {
    public var model: String
    public var tokens: [TokenProposal]
    public var outputs: Set<Output>
    public var encoding: Encoding
    /// Nil to go by the number of tokens.
    public var priority: Priority?

    /// How a row is made.
    public enum Method: String, Sendable, CaseIterable {
        case hypernetwork
    }

    /// What is answered for each token, as far as the model has it.
    public enum Output: String, Sendable, CaseIterable {
        case input, output, bias
    }

    /// How a row is written.
    public enum Encoding: String, Sendable, CaseIterable {
        /// An array of JSON numbers.
        case float
        /// Base64 of little-endian float32 numbers: a third of the bytes.
        case base64
    }

    public static let defaultModel = "default"

    public init(
        model: String = defaultModel, tokens: [TokenProposal], outputs: Set<Output> = Set(Output.allCases),
        encoding: Encoding = .float
    ) {
        self.model = model
        self.tokens = tokens
        self.outputs = outputs
        self.encoding = encoding
    }

    /// Reads a JSON body.
    ///
    /// - Throws: a problem: 400 for what is not JSON, 413 for too many tokens, 422 with pointers for everything else.
    public init(body: [UInt8], limits: RequestLimits) throws(Problem) {
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: body).root
        } catch {
            throw Problem(
                status: .badRequest, code: "malformed_json", title: "The body is not JSON", detail: "\(error)")
        }
        var issues = FieldIssues()
        let fields = ObjectFields(
            root, allowed: ["model", "tokens", "form", "method", "language", "outputs", "encoding", "priority"],
            issues: &issues)
        let form: TokenForm = fields.option("form", issues: &issues) ?? .text
        let _: Method? = fields.option("method", issues: &issues)
        let language = fields.string("language", issues: &issues)
        model = fields.string("model", issues: &issues) ?? Self.defaultModel
        outputs = Self.outputs(fields["outputs"], issues: &issues)
        encoding = fields.option("encoding", issues: &issues) ?? .float
        priority = fields.option("priority", issues: &issues)
        tokens = []
        if let list = fields["tokens"], list.kind == .array {
            let count = list.count
            guard count <= limits.maximumTokens else { throw limits.tooManyTokens(count, pointer: list.pointer) }
            if count == 0 { issues.add(list, "must hold at least one token") }
            tokens.reserveCapacity(count)
            for value in list.elements {
                if let token = TokenProposal(value, form: form, language: language, limits: limits, issues: &issues) {
                    tokens.append(token)
                }
            }
        } else if root.kind == .object {
            issues.add(pointer: "/tokens", "must be an array of tokens")
        }
        try issues.throwIfAny()
    }

    private static func outputs(_ value: JSONValue?, issues: inout FieldIssues) -> Set<Output> {
        guard let value else { return Set(Output.allCases) }
        guard value.kind == .array, value.count > 0 else {
            issues.add(value, "must be an array with at least one output")
            return []
        }
        var outputs: Set<Output> = []
        for element in value.elements {
            if let output = element.string.flatMap(Output.init(rawValue:)) {
                outputs.insert(output)
            } else {
                issues.add(element, "must be one of \(Output.allCases.map(\.rawValue).joined(separator: ", "))")
            }
        }
        return outputs
    }
}

/// Bounds on one request.
public struct RequestLimits: Sendable {
    public var maximumTokens = 32_768
    /// UTF-8 bytes of one token.
    public var maximumTokenBytes = 4_096

    public init() {}

    func tooManyTokens(_ count: Int, pointer: String) -> Problem {
        let detail = "\(count) tokens, one request may hold \(maximumTokens)"
        return Problem(
            status: .contentTooLarge, code: "too_many_tokens", title: "Too many tokens", detail: detail,
            errors: [(pointer, detail)])
    }
}
