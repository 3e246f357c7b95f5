import JSON

extension TokenizerReader {
    /// - Throws: `unsupported` with the pointer of a step that is not built.
    func preTokenizer() throws(TokenizerError) -> PreTokenizer? {
        guard let value = root["pre_tokenizer"], !value.isNull else { return nil }
        let preTokenizer = try preTokenizer(value)
        // BERT's normaliser puts spaces around CJK ideographs, which is to say that it cuts there.
        let normalizers = steps(of: "normalizer").filter { $0["type"]?.string == "BertNormalizer" }
        for normalizer in normalizers where try flag("handle_chinese_chars", of: normalizer, default: true) {
            return .sequence([.split(.ideographs, .isolated), preTokenizer])
        }
        return preTokenizer
    }

    private func preTokenizer(_ value: JSONValue) throws(TokenizerError) -> PreTokenizer {
        switch try string("type", of: value) {
        case "Sequence":
            var steps: [PreTokenizer] = []
            for step in try member("pretokenizers", of: value, .array).elements { steps.append(try preTokenizer(step)) }
            return .sequence(steps)
        case "BertPreTokenizer":
            return .sequence([.split(.whitespace, .removed), .split(.punctuation, .isolated)])
        case "WhitespaceSplit":
            return .split(.whitespace, .removed)
        case "Whitespace":
            let words = try expression(#"\w+|[^\w\s]+"#, pointer: value.pointer)
            return .split(Delimiter(.expression(words), isInverted: true), .removed)
        case "Punctuation":
            return .split(.punctuation, try treatment(of: value, default: .isolated))
        case "Digits":
            return .split(.digits, try flag("individual_digits", of: value) ? .isolated : .contiguous)
        case "CharDelimiterSplit":
            return .split(Delimiter(.literal(try member("delimiter", of: value, .string).utf8 ?? [])), .removed)
        case "Split":
            let delimiter = Delimiter(try pattern(value), isInverted: try flag("invert", of: value))
            return .split(delimiter, try treatment(of: value, default: nil))
        case "ByteLevel":
            let cuts = try flag("use_regex", of: value, default: true)
            return .byteLevel(
                addsPrefixSpace: try flag("add_prefix_space", of: value, default: true),
                words: cuts ? try expression(Self.wordsOfGPT2, pointer: value.pointer) : nil)
        case "Metaspace":
            return try metaspace(value)
        case let type:
            throw .unsupported(file: file, pointer: "\(value.pointer)/type", value: "\"\(type)\"")
        }
    }

    /// The expression that GPT-2's tokenizer cuts text with.
    private static let wordsOfGPT2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    private func metaspace(_ value: JSONValue) throws(TokenizerError) -> PreTokenizer {
        let replacement = try member("replacement", of: value, .string)
        guard replacement.utf8 == lowerBlock else {
            throw .unsupported(file: file, pointer: replacement.pointer, value: replacement.sourceText)
        }
        // Older files have a flag in the scheme's place.
        var scheme = try flag("add_prefix_space", of: value, default: true) ? PreTokenizer.PrependScheme.always : .never
        if let name = value["prepend_scheme"], !name.isNull {
            guard let known = name.string.flatMap(PreTokenizer.PrependScheme.init) else {
                throw .unsupported(file: file, pointer: name.pointer, value: name.sourceText)
            }
            scheme = known
        }
        return .metaspace(scheme, splits: try flag("split", of: value, default: true))
    }

    private func treatment(
        of value: JSONValue, default fallback: DelimiterTreatment?
    ) throws(TokenizerError) -> DelimiterTreatment {
        if value["behavior"] == nil, let fallback { return fallback }
        let name = try string("behavior", of: value)
        guard let treatment = DelimiterTreatment(rawValue: name) else {
            throw .unsupported(file: file, pointer: "\(value.pointer)/behavior", value: "\"\(name)\"")
        }
        return treatment
    }

    private func pattern(_ value: JSONValue) throws(TokenizerError) -> Delimiter.Pattern {
        let pattern = try member("pattern", of: value, .object)
        if let literal = pattern["String"]?.utf8 { return .literal(literal) }
        return .expression(try expression(string("Regex", of: pattern), pointer: "\(pattern.pointer)/Regex"))
    }

    func expression(_ pattern: String, pointer: String) throws(TokenizerError) -> RegularExpression {
        guard let expression = RegularExpression(pattern) else {
            throw .unsupported(file: file, pointer: pointer, value: "\"\(pattern)\"")
        }
        return expression
    }
}

extension Delimiter {
    /// BERT's choice of blocks, without one that the `tokenizers` library leaves out.
    fileprivate static let ideographs = Delimiter(
        .characters { scalar in
            switch scalar.value {
            case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B81F, 0x2B920...0x2CEAF,
                0x2F800...0x2FA1F:
                true
            default: false
            }
        })

    fileprivate static let whitespace = Delimiter(.characters(\.properties.isWhitespace))

    /// Unicode's punctuation and, as in BERT, all of ASCII's signs.
    fileprivate static let punctuation = Delimiter(
        .characters { scalar in
            switch scalar.properties.generalCategory {
            case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
                .finalPunctuation, .otherPunctuation:
                true
            case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: scalar.isASCII
            default: false
            }
        })

    fileprivate static let digits = Delimiter(
        .characters { scalar in
            switch scalar.properties.generalCategory {
            case .decimalNumber, .letterNumber, .otherNumber: true
            default: false
            }
        })
}
