import JSON

/// The `config.json` of a ZeTT hypernetwork (arXiv 2405.07883), as far as it decides the forward pass.
public struct ZeTTConfiguration: Sendable, Equatable {
    /// Width of one base embedding row, `n_embd`.
    public var embeddingSize: Int
    /// Width of the encoder, `hn_hidden_size`.
    public var hiddenSize: Int
    /// Width of the feed-forward blocks, `hn_intermediate_size`.
    public var intermediateSize: Int
    public var layers: Int
    public var attentionHeads: Int
    /// Most source ids that one token is given as, `hn_surface_maxlen`.
    public var maximumLength: Int
    /// Source ids below this are base rows, the others fallback rows, `original_vocab_size`.
    public var baseVocabularySize: Int
    /// Rows of the fallback table: `hn_n_extra_tokens`, at least one.
    public var fallbackRows: Int
    public var paddingID: Int
    /// Whether the base has an output matrix of its own, so that rows go in and come out in pairs.
    public var hasSeparateOutputEmbeddings: Bool
    /// Whether one head predicts input and output rows together, `hn_single_head`.
    public var hasSingleHead: Bool
    public var predictsBias: Bool
    public var rescalesEmbeddings: Bool
    /// Rows of the language table; nil when the hypernetwork does not look at the language.
    public var languages: Int?
    /// Language codes in the order of the language table; empty when the configuration does not list them.
    public var languageCodes: [String]

    /// Width of what goes into the input projection: an input row, and an output row behind it when they are separate.
    public var sourceWidth: Int { hasSeparateOutputEmbeddings ? 2 * embeddingSize : embeddingSize }

    /// Source ids run from 0 to below this.
    public var sourceIDLimit: Int { baseVocabularySize + fallbackRows }

    /// Reads the keys of specs/zett.md; absent ones have the defaults of the authors' configuration class.
    ///
    /// - Throws: `HypernetworkError` naming the key that is missing, invalid or asks for something unsupported.
    public init(_ json: JSONValue) throws(HypernetworkError) {
        try Self.refuseUnsupported(json)
        let keys = ConfigurationKeys(json)
        embeddingSize = try keys.size("n_embd")
        hiddenSize = try keys.size("hn_hidden_size")
        intermediateSize = try keys.size("hn_intermediate_size")
        layers = try keys.size("hn_n_layers", default: 3)
        maximumLength = try keys.size("hn_surface_maxlen", default: 16)
        baseVocabularySize = try keys.size("original_vocab_size")
        fallbackRows = max(try keys.size("hn_n_extra_tokens", default: 0, minimum: 0), 1)
        paddingID = try keys.size("pad_token_id", minimum: 0)
        hasSeparateOutputEmbeddings = try keys.flag("separate_out_embeddings", default: false)
        hasSingleHead = try keys.flag("hn_single_head", default: false)
        predictsBias = try keys.flag("hn_predict_bias", default: true)
        rescalesEmbeddings = try keys.flag("hn_rescale_embeddings", default: false)
        languages = try keys.flag("hn_embed_lang_id", default: false) ? try keys.size("n_langs") : nil
        languageCodes = try keys.strings("langs")
        attentionHeads = try keys.size("hn_num_attention_heads", default: max(hiddenSize / 64, 1))
        guard hiddenSize % attentionHeads == 0 else {
            throw .invalidValue(
                key: "hn_num_attention_heads", value: "\(attentionHeads)", expected: "a divisor of \(hiddenSize)")
        }
        if let languages, !languageCodes.isEmpty, languageCodes.count != languages {
            throw .invalidValue(key: "langs", value: "a list of \(languageCodes.count)", expected: "\(languages) codes")
        }
    }

    /// The row of a language in the language table: by its code, or by its index where the configuration lists no codes.
    public func languageIndex(_ code: String) -> Int? {
        guard let languages else { return nil }
        if languageCodes.isEmpty { return Int(code).flatMap { (0..<languages).contains($0) ? $0 : nil } }
        return languageCodes.firstIndex(of: code)
    }

    /// Keys that choose among architectures of which only one is built.
    private static let onlySupported: [(key: String, value: String, isDefault: Bool)] = [
        ("hn_model_type", "\"roberta\"", true),
        ("hn_embed_using_source_embeddings", "true", false),
        ("hn_concat_last_hidden_state", "false", true),
        ("hn_add_inter_token_attention", "false", true),
        ("hn_embed_target_priors", "false", true),
    ]

    /// Keys that are read, or that change nothing once inter-token attention is off.
    private static let known: Set<String> = [
        "hn_hidden_size", "hn_intermediate_size", "hn_n_layers", "hn_num_attention_heads", "hn_surface_maxlen",
        "hn_n_extra_tokens", "hn_single_head", "hn_predict_bias", "hn_rescale_embeddings", "hn_embed_lang_id",
        "hn_model_name_or_path", "hn_inter_token_attention_bias_by_priors", "hn_inter_token_attention_bias_scaler",
        "hn_n_inter_token_blocks",
    ]

    private static func refuseUnsupported(_ json: JSONValue) throws(HypernetworkError) {
        for (key, supported, isDefault) in onlySupported {
            let value = json[key]?.sourceText ?? (isDefault ? supported : "absent")
            guard value == supported else { throw .unsupported(key: key, value: value, supported: supported) }
        }
        // An option that this loader has never heard of may change the forward pass, unless it is switched off.
        let decided = known.union(onlySupported.map(\.key))
        for (name, value) in json.members {
            let key = name.string ?? ""
            guard key.hasPrefix("hn_"), !decided.contains(key) else { continue }
            guard ["null", "false", "0", "0.0"].contains(value.sourceText) else {
                throw .unsupported(key: key, value: value.sourceText, supported: "null, false or 0")
            }
        }
    }
}

extension ZeTTConfiguration {
    /// What it predicts of each row.
    public var rowShape: RowShape {
        RowShape(dimension: embeddingSize, hasOutput: hasSeparateOutputEmbeddings, hasBias: predictsBias)
    }
}

/// Typed access to the members of a configuration; `null` counts as absent.
private struct ConfigurationKeys {
    private let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    func size(_ key: String, default fallback: Int? = nil, minimum: Int = 1) throws(HypernetworkError) -> Int {
        guard let value = value(key) else {
            guard let fallback else { throw .missingKey(key) }
            return fallback
        }
        // Products of two sizes must stay far from overflow.
        guard let size = value.integer, size >= minimum, size <= 1 << 28 else {
            throw .invalidValue(key: key, value: value.sourceText, expected: "an integer from \(minimum)")
        }
        return size
    }

    func flag(_ key: String, default fallback: Bool) throws(HypernetworkError) -> Bool {
        guard let value = value(key) else { return fallback }
        guard let flag = value.boolean else {
            throw .invalidValue(key: key, value: value.sourceText, expected: "true or false")
        }
        return flag
    }

    func strings(_ key: String) throws(HypernetworkError) -> [String] {
        guard let value = value(key) else { return [] }
        let strings = value.elements.compactMap(\.string)
        guard value.kind == .array, strings.count == value.count else {
            throw .invalidValue(key: key, value: value.sourceText, expected: "a list of strings")
        }
        return strings
    }

    private func value(_ key: String) -> JSONValue? {
        json[key].flatMap { $0.isNull ? nil : $0 }
    }
}
