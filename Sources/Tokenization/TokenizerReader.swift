import JSON

/// Reads the parts of a tokenizer.json, each with the JSON pointer of what is wrong with it.
struct TokenizerReader {
    let root: JSONValue
    let file: String

    init(root: JSONValue, file: String) {
        self.root = root
        self.file = file
    }

    init(parsing bytes: [UInt8], file: String) throws(TokenizerError) {
        do {
            root = try JSONDocument(parsing: bytes).root
        } catch {
            throw .malformed(file: file, reason: "\(error)")
        }
        self.file = file
    }

    // MARK: Models

    func model() throws(TokenizerError) -> TokenModel {
        let model = try member("model", of: root, .object)
        return switch try modelType(model) {
        case .bpe: .bpe(try bpe(model))
        case .unigram: .unigram(try unigram(model))
        case .wordPiece: .wordPiece(try wordPiece(model))
        }
    }

    /// The model's entries by id; nil where the ids have a hole.
    func entries() throws(TokenizerError) -> [[UInt8]?] {
        let model = try member("model", of: root, .object)
        return switch try modelType(model) {
        case .bpe, .wordPiece: try entries(member("vocab", of: model, .object))
        case .unigram: try scoredEntries(model).map(\.entry)
        }
    }

    private enum ModelType: String {
        case bpe = "BPE"
        case unigram = "Unigram"
        case wordPiece = "WordPiece"
    }

    private func modelType(_ model: JSONValue) throws(TokenizerError) -> ModelType {
        // Files from before the type was written down are told apart by their members.
        guard let type = model["type"] else { return model["merges"] == nil ? .wordPiece : .bpe }
        guard let type = type.string.flatMap(ModelType.init) else {
            throw .unsupported(file: file, pointer: "/model/type", value: type.sourceText)
        }
        return type
    }

    private func bpe(_ model: JSONValue) throws(TokenizerError) -> BPE {
        if let dropout = model["dropout"], !dropout.isNull, dropout.double != 0 {
            throw .unsupported(file: file, pointer: dropout.pointer, value: dropout.sourceText)
        }
        let vocabulary = Vocabulary(try entries(member("vocab", of: model, .object)))
        var options = BPE.Options()
        options.unknownID = try unknownToken(of: model, in: vocabulary)
        options.fusesUnknown = try flag("fuse_unk", of: model)
        options.hasByteFallback = try flag("byte_fallback", of: model)
        options.ignoresMerges = try flag("ignore_merges", of: model)
        options.continuingPrefix = try continuingPrefix(of: model)
        options.wordSuffix = try text("end_of_word_suffix", of: model) ?? []
        let rules = try mergeRules()
        do throws(BPE.UnknownMerge) {
            return try BPE(vocabulary: vocabulary, rules: rules, options: options)
        } catch {
            throw invalid(
                at: "/model/merges/\(error.index)", "two entries of the vocabulary whose union is an entry too")
        }
    }

    /// The merges of a BPE model in the order they were learned.
    func mergeRules() throws(TokenizerError) -> [BPE.MergeRule] {
        let model = try member("model", of: root, .object)
        guard try modelType(model) == .bpe else {
            throw .unsupported(file: file, pointer: "/model/type", value: "a model without merges")
        }
        var rules: [BPE.MergeRule] = []
        for merge in try member("merges", of: model, .array).elements { rules.append(try rule(merge)) }
        return rules
    }

    /// A merge is "left right" in older files and ["left", "right"] in newer ones.
    private func rule(_ merge: JSONValue) throws(TokenizerError) -> BPE.MergeRule {
        let parts: [[UInt8]]
        if let joined = merge.utf8 {
            parts = joined.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Array.init)
        } else {
            parts = merge.elements.compactMap(\.utf8)
        }
        guard parts.count == 2 else { throw invalid(merge, "two entries, \"left right\" or [\"left\", \"right\"]") }
        return BPE.MergeRule(left: parts[0], right: parts[1])
    }

    private func unigram(_ model: JSONValue) throws(TokenizerError) -> Unigram {
        let scored = try scoredEntries(model)
        var unknownID: Int?
        if let value = model["unk_id"], !value.isNull {
            guard let id = value.integer, scored.indices.contains(id) else { throw invalid(value, "an id of the vocabulary") }
            unknownID = id
        }
        return Unigram(
            vocabulary: Vocabulary(scored.map(\.entry)), scores: scored.map(\.score), unknownID: unknownID,
            hasByteFallback: try flag("byte_fallback", of: model))
    }

    private func scoredEntries(_ model: JSONValue) throws(TokenizerError) -> [(entry: [UInt8]?, score: Double)] {
        var scored: [(entry: [UInt8]?, score: Double)] = []
        for value in try member("vocab", of: model, .array).elements {
            let parts = Array(value.elements)
            guard parts.count == 2, let entry = parts[0].utf8, let score = parts[1].double else {
                throw invalid(value, "[piece, score]")
            }
            scored.append((entry, score))
        }
        return scored
    }

    private func wordPiece(_ model: JSONValue) throws(TokenizerError) -> WordPiece {
        let vocabulary = Vocabulary(try entries(member("vocab", of: model, .object)))
        guard let unknownID = try unknownToken(of: model, in: vocabulary) else {
            throw invalid(at: "/model/unk_token", "an entry of the vocabulary")
        }
        var maximumCharacters = 100
        if let value = model["max_input_chars_per_word"] {
            guard let number = value.integer, number >= 0 else { throw invalid(value, "a natural number") }
            maximumCharacters = number
        }
        return WordPiece(
            vocabulary: vocabulary, unknownID: unknownID,
            continuingPrefix: try continuingPrefix(of: model), maximumCharacters: maximumCharacters)
    }

    /// What the model writes before entries that go on inside a word; WordPiece has a default.
    func continuingPrefix(of model: JSONValue) throws(TokenizerError) -> [UInt8] {
        let fallback = try modelType(model) == .wordPiece ? Array("##".utf8) : []
        return try text("continuing_subword_prefix", of: model) ?? fallback
    }

    private func entries(_ object: JSONValue) throws(TokenizerError) -> [[UInt8]?] {
        var entries: [[UInt8]?] = []
        for (name, value) in object.members {
            guard let entry = name.utf8, let id = value.integer, (0...Vocabulary.maximumID).contains(id) else {
                throw invalid(value, "an id from 0 to \(Vocabulary.maximumID)")
            }
            entries.extend(toHold: id, filler: nil)
            guard entries[id] == nil else { throw invalid(value, "an id that no other entry has") }
            entries[id] = entry
        }
        return entries
    }

    private func unknownToken(of model: JSONValue, in vocabulary: Vocabulary) throws(TokenizerError) -> Int? {
        guard let token = try text("unk_token", of: model) else { return nil }
        guard let id = vocabulary.id(of: token) else { throw invalid(at: "/model/unk_token", "an entry of the vocabulary") }
        return id
    }

    // MARK: Added tokens

    func addedTokens() throws(TokenizerError) -> [AddedToken] {
        guard let list = root["added_tokens"], !list.isNull else { return [] }
        guard list.kind == .array else { throw invalid(list, "an array") }
        var tokens: [AddedToken] = []
        for value in list.elements {
            guard let id = value["id"]?.integer, (0...Vocabulary.maximumID).contains(id), let content = value["content"]?.utf8
            else { throw invalid(value, "an object with an id and a content") }
            let isSpecial = try flag("special", of: value)
            tokens.append(
                AddedToken(
                    id: id, content: content, isSpecial: isSpecial, isSingleWord: try flag("single_word", of: value),
                    isNormalized: try flag("normalized", of: value, default: !isSpecial)))
        }
        return tokens
    }

    // MARK: Normaliser

    func normalizer() throws(TokenizerError) -> Normalizer? {
        guard let value = root["normalizer"], !value.isNull else { return nil }
        return try normalizer(value)
    }

    private func normalizer(_ value: JSONValue) throws(TokenizerError) -> Normalizer {
        switch try string("type", of: value) {
        case "Sequence":
            var steps: [Normalizer] = []
            for step in try member("normalizers", of: value, .array).elements { steps.append(try normalizer(step)) }
            return .sequence(steps)
        case "BertNormalizer":
            let lowercases = try flag("lowercase", of: value, default: true)
            var steps: [Normalizer] = []
            if try flag("clean_text", of: value, default: true) { steps.append(.cleanText) }
            // A null here means: as the case is treated, so are the accents.
            if try flag("strip_accents", of: value, default: lowercases) { steps += [.canonicalDecomposition, .stripNonspacingMarks] }
            if lowercases { steps.append(.lowercase) }
            return .sequence(steps)
        case "Lowercase": return .lowercase
        case "NFC": return .canonicalComposition
        case "NFD": return .canonicalDecomposition
        case "NFKC": return .compatibilityComposition
        case "NFKD": return .compatibilityDecomposition
        case "StripAccents": return .stripMarks
        case "Nmt": return .nmt
        case "Precompiled": return .characterMap(try characterMap(value))
        case "Replace": return try replacement(value)
        // These only add or remove spaces, or spell bytes, which a surface form does by itself.
        case "Strip", "Prepend", "ByteLevel": return .sequence([])
        case let type: throw .unsupported(file: file, pointer: "\(value.pointer)/type", value: "\"\(type)\"")
        }
    }

    private func characterMap(_ value: JSONValue) throws(TokenizerError) -> PrecompiledCharacterMap {
        // SentencePiece models without a map have null or an empty string here.
        let encoded = value["precompiled_charsmap"]?.string ?? ""
        guard let map = PrecompiledCharacterMap(base64: encoded) else {
            throw invalid(at: "\(value.pointer)/precompiled_charsmap", "a base64 character map of SentencePiece")
        }
        return map
    }

    private func replacement(_ value: JSONValue) throws(TokenizerError) -> Normalizer {
        let content = try string("content", of: value)
        let pattern = try member("pattern", of: value, .object)
        if let text = pattern["String"]?.string {
            return Normalizer.onlyTouchesSpaces(text: text, content: content) ? .sequence([]) : .replace(text, content)
        }
        let expression = try string("Regex", of: pattern)
        if Normalizer.onlyTouchesSpaces(expression: expression, content: content) { return .sequence([]) }
        return .replaceMatches(try self.expression(expression, pointer: "\(pattern.pointer)/Regex"), content)
    }

    // MARK: Members

    func member(_ key: String, of object: JSONValue, _ kind: JSONValue.Kind) throws(TokenizerError) -> JSONValue {
        guard let value = object[key], value.kind == kind else { throw invalid(at: "\(object.pointer)/\(key)", "an \(kind)") }
        return value
    }

    func string(_ key: String, of object: JSONValue) throws(TokenizerError) -> String {
        guard let string = object[key]?.string else { throw invalid(at: "\(object.pointer)/\(key)", "a string") }
        return string
    }

    /// The bytes of an optional string.
    func text(_ key: String, of object: JSONValue) throws(TokenizerError) -> [UInt8]? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let bytes = value.utf8 else { throw invalid(value, "a string or null") }
        return bytes
    }

    func flag(_ key: String, of object: JSONValue, default fallback: Bool = false) throws(TokenizerError) -> Bool {
        guard let value = object[key], !value.isNull else { return fallback }
        guard let flag = value.boolean else { throw invalid(value, "true or false") }
        return flag
    }

    func invalid(_ value: JSONValue, _ expected: String) -> TokenizerError { invalid(at: value.pointer, expected) }

    func invalid(at pointer: String, _ expected: String) -> TokenizerError {
        .invalid(file: file, pointer: pointer, expected: expected)
    }
}
