import JSON

/// Tells from the parts of a tokenizer.json how its entries spell bytes.
extension TokenizerReader {
    /// - Parameter form: what the caller says of the alphabet; nil to tell it from the file.
    /// - Throws: `unknownForm` if the file says nothing, or two things at once.
    func entrySpelling(_ form: TokenForm?) throws(TokenizerError) -> EntrySpelling {
        let model = try member("model", of: root, .object)
        var spelling = EntrySpelling(alphabet: .plain)
        spelling.continuingPrefix = try continuingPrefix(of: model)
        spelling.wordSuffix = try text("end_of_word_suffix", of: model) ?? []
        if let form {
            spelling.alphabet = EntrySpelling(form).alphabet
            return spelling
        }
        let isByteLevel = Self.parts.contains { steps(of: $0).contains { $0["type"]?.string == "ByteLevel" } }
        let writesLowerBlocks = Self.parts.contains { steps(of: $0).contains(where: Self.writesLowerBlocks) }
        let hasFallback = try flag("byte_fallback", of: model)
        switch (isByteLevel, writesLowerBlocks) {
        case (true, false): spelling.alphabet = .byteLevel
        case (false, true): spelling.alphabet = .sentencePiece
        case (false, false) where hasFallback: spelling.alphabet = .sentencePiece
        case (false, false) where spelling.marksWords: spelling.alphabet = .plain
        default: throw .unknownForm(file: file, seen: evidence(model))
        }
        return spelling
    }

    /// - Throws: what `entrySpelling` and `preTokenizer` throw.
    func wordSplitter(_ form: TokenForm?) throws(TokenizerError) -> WordSplitter {
        let preTokenizer = try preTokenizer()
        let normalizerSpells = steps(of: "normalizer").contains { step in
            step["type"]?.string == "ByteLevel" || (step["type"]?.string == "Replace" && step["content"]?.utf8 == lowerBlock)
        }
        return WordSplitter(
            spelling: try entrySpelling(form), preTokenizer: preTokenizer,
            spellsFirst: normalizerSpells || preTokenizer?.spells != true,
            prependsSpace: steps(of: "normalizer").contains { $0["type"]?.string == "Prepend" && $0["prepend"]?.utf8 == lowerBlock })
    }

    private static let parts = ["normalizer", "pre_tokenizer", "decoder"]

    /// The steps of a part, those of a Sequence one by one.
    func steps(of part: String) -> [JSONValue] {
        func flatten(_ step: JSONValue) -> [JSONValue] {
            guard step["type"]?.string == "Sequence" else { return [step] }
            let list = step["normalizers"] ?? step["pretokenizers"] ?? step["decoders"]
            return list.map { $0.elements.flatMap(flatten) } ?? []
        }
        return root[part].map(flatten) ?? []
    }

    /// Whether a step writes `▁` for spaces, or reads it.
    private static func writesLowerBlocks(_ step: JSONValue) -> Bool {
        switch step["type"]?.string {
        case "Metaspace": true
        case "Prepend": step["prepend"]?.utf8 == lowerBlock
        case "Replace": step["content"]?.utf8 == lowerBlock || step["pattern"]?["String"]?.utf8 == lowerBlock
        default: false
        }
    }

    private func evidence(_ model: JSONValue) -> String {
        let members = ["type", "byte_fallback", "continuing_subword_prefix", "end_of_word_suffix"].map { key in
            "/model/\(key) \(model[key]?.sourceText ?? "absent")"
        }
        let parts = Self.parts.map { part in
            let types = steps(of: part).compactMap { $0["type"]?.string }
            return "/\(part) \(types.isEmpty ? "empty" : types.joined(separator: ", "))"
        }
        return (members + parts).joined(separator: "; ")
    }
}
