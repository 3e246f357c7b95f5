import Generation
import HTTPServer
import Hypernetworks
import Tokenization

/// The tokens of a request in the form that their model reads, with what the answer will say of them.
public struct PreparedTokens: Sendable {
    public struct Item: Sendable {
        var spelling: TokenProposal.Spelling
        /// The token as it was read; nil if it was given as source ids.
        var token: TokenBytes?
        var surfaceForm: SurfaceForm
        /// Names of what the caller should know about this token.
        var warnings: [String]
    }

    public let model: EmbeddingModel
    public let items: [Item]
    /// What the hypernetwork is given, one for each item.
    public let inputs: [ZeTTInput]

    /// Brings every token of `request` into its surface form.
    ///
    /// - Parameter pause: called now and then, for others to have their turn.
    /// - Throws: a 422 problem with a pointer to each token or language that the model cannot take.
    public init(
        _ request: TokenEmbeddingsRequest, model: EmbeddingModel, pause: () -> Void = {}
    ) throws(Problem) {
        var issues = FieldIssues()
        var items: [Item] = []
        var inputs: [ZeTTInput] = []
        items.reserveCapacity(request.tokens.count)
        inputs.reserveCapacity(request.tokens.count)
        for (index, token) in request.tokens.enumerated() {
            pause()
            do {
                let (bytes, surfaceForm) = try Self.surfaceForm(of: token, model: model)
                let language = try Self.language(of: token, model: model)
                inputs.append(ZeTTInput(sourceIDs: surfaceForm.sourceIDs, language: language))
                items.append(
                    Item(
                        spelling: token.spelling, token: bytes, surfaceForm: surfaceForm,
                        warnings: Self.warnings(
                            bytes, surfaceForm, ignoresLanguage: token.language != nil && language == nil)))
            } catch {
                issues.add(pointer: token.pointer ?? "/tokens/\(index)", "\(error)")
            }
        }
        try issues.throwIfAny()
        self.model = model
        self.items = items
        self.inputs = inputs
    }

    private static func surfaceForm(
        of token: TokenProposal, model: EmbeddingModel
    ) throws -> (TokenBytes?, SurfaceForm) {
        switch token.spelling {
        case .token(let text, let form):
            let bytes = try model.surfaceForms.read(text, form: form)
            return (bytes, try model.surfaceForms.encode(bytes))
        case .sourceIDs(let ids):
            try model.hypernetwork.validate(sourceIDs: ids)
            let baseVocabularySize = model.hypernetwork.configuration.baseVocabularySize
            let fallbackPieces = ids.count { Int($0) >= baseVocabularySize }
            return (nil, SurfaceForm(sourceIDs: ids, isTruncated: false, fallbackPieces: fallbackPieces))
        }
    }

    private static func language(of token: TokenProposal, model: EmbeddingModel) throws -> Int? {
        let configuration = model.hypernetwork.configuration
        guard let languages = configuration.languages else { return nil }
        let known = configuration.languageCodes.isEmpty ? ["0 to \(languages - 1)"] : configuration.languageCodes
        guard let code = token.language else { throw LanguageError.missing(known: known) }
        guard let index = configuration.languageIndex(code) else { throw LanguageError.unknown(code, known: known) }
        return index
    }

    private static func warnings(
        _ token: TokenBytes?, _ surfaceForm: SurfaceForm, ignoresLanguage: Bool
    ) -> [String] {
        var warnings: [String] = []
        if token?.isNormalized == true { warnings.append("normalized") }
        if surfaceForm.isTruncated { warnings.append("truncated") }
        if surfaceForm.fallbackPieces > 0 { warnings.append("fallback_pieces") }
        if ignoresLanguage { warnings.append("language_ignored") }
        return warnings
    }
}

/// A language that a model cannot do with.
enum LanguageError: Error, CustomStringConvertible {
    case missing(known: [String])
    case unknown(String, known: [String])

    var description: String {
        switch self {
        case .missing(let known): "this model needs a language: \(known.joined(separator: ", "))"
        case .unknown(let code, let known): "unknown language \"\(code)\"; known are \(known.joined(separator: ", "))"
        }
    }
}
