import JSON

/// Reads the parts of a tokenizer.json, each with the JSON pointer of what is wrong with it.
struct TokenizerReader {
    let root: JSONValue
    let file: String

    func model() throws(TokenizerError) -> TokenModel {
        let model = try member("model", of: root, .object)
        // Files from before the type was written down are told apart by their members.
        switch model["type"]?.string ?? (model["merges"] != nil ? "BPE" : "WordPiece") {
        case "BPE": return .bpe(try bpe(model))
        case "Unigram": return .unigram(try unigram(model))
        case "WordPiece": return .wordPiece(try wordPiece(model))
        case let type: throw .unsupported(file: file, pointer: "/model/type", value: "\"\(type)\"")
        }
    }

    // MARK: Models

    private func bpe(_ model: JSONValue) throws(TokenizerError) -> BPE {
        if let dropout = model["dropout"], !dropout.isNull, dropout.double != 0 {
            throw .unsupported(file: file, pointer: dropout.pointer, value: dropout.sourceText)
        }
        let vocabulary = try vocabulary(member("vocab", of: model, .object))
        var options = BPE.Options()
        options.unknownID = try unknownToken(of: model, in: vocabulary)
        options.fusesUnknown = try flag("fuse_unk", of: model)
        options.hasByteFallback = try flag("byte_fallback", of: model)
        options.ignoresMerges = try flag("ignore_merges", of: model)
        options.continuingPrefix = try text("continuing_subword_prefix", of: model) ?? []
        options.wordSuffix = try text("end_of_word_suffix", of: model) ?? []
        let list = try member("merges", of: model, .array)
        var rules: [BPE.MergeRule] = []
        for merge in list.elements { rules.append(try rule(merge)) }
        do throws(BPE.UnknownMerge) {
            return try BPE(vocabulary: vocabulary, rules: rules, options: options)
        } catch {
            throw invalid(
                at: "\(list.pointer)/\(error.index)", "two entries of the vocabulary whose union is an entry too")
        }
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
        var vocabulary = Vocabulary()
        var scores: [Double] = []
        for entry in try member("vocab", of: model, .array).elements {
            let parts = Array(entry.elements)
            guard parts.count == 2, let piece = parts[0].utf8, let score = parts[1].double else {
                throw invalid(entry, "[piece, score]")
            }
            vocabulary.insert(piece, id: scores.count)
            scores.append(score)
        }
        var unknownID: Int?
        if let value = model["unk_id"], !value.isNull {
            guard let id = value.integer, scores.indices.contains(id) else { throw invalid(value, "an id of the vocabulary") }
            unknownID = id
        }
        return Unigram(
            vocabulary: vocabulary, scores: scores, unknownID: unknownID,
            hasByteFallback: try flag("byte_fallback", of: model))
    }

    private func wordPiece(_ model: JSONValue) throws(TokenizerError) -> WordPiece {
        let vocabulary = try vocabulary(member("vocab", of: model, .object))
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
            continuingPrefix: try text("continuing_subword_prefix", of: model) ?? Array("##".utf8),
            maximumCharacters: maximumCharacters)
    }

    private func vocabulary(_ object: JSONValue) throws(TokenizerError) -> Vocabulary {
        var vocabulary = Vocabulary()
        for (name, value) in object.members {
            guard let entry = name.utf8, let id = value.integer, (0...Vocabulary.maximumID).contains(id) else {
                throw invalid(value, "an id from 0 to \(Vocabulary.maximumID)")
            }
            guard vocabulary.entry(id) == nil else { throw invalid(value, "an id that no other entry has") }
            vocabulary.insert(entry, id: id)
        }
        return vocabulary
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
            tokens.append(AddedToken(id: id, content: content, isSpecial: try flag("special", of: value)))
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
        guard let compiled = RegularExpression(expression) else {
            throw .unsupported(file: file, pointer: "\(pattern.pointer)/Regex", value: "\"\(expression)\"")
        }
        return .replaceMatches(compiled, content)
    }

    // MARK: Members

    private func member(_ key: String, of object: JSONValue, _ kind: JSONValue.Kind) throws(TokenizerError) -> JSONValue {
        guard let value = object[key], value.kind == kind else { throw invalid(at: "\(object.pointer)/\(key)", "an \(kind)") }
        return value
    }

    private func string(_ key: String, of object: JSONValue) throws(TokenizerError) -> String {
        guard let string = object[key]?.string else { throw invalid(at: "\(object.pointer)/\(key)", "a string") }
        return string
    }

    /// The bytes of an optional string.
    private func text(_ key: String, of object: JSONValue) throws(TokenizerError) -> [UInt8]? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let bytes = value.utf8 else { throw invalid(value, "a string or null") }
        return bytes
    }

    private func flag(_ key: String, of object: JSONValue, default fallback: Bool = false) throws(TokenizerError) -> Bool {
        guard let value = object[key], !value.isNull else { return fallback }
        guard let flag = value.boolean else { throw invalid(value, "true or false") }
        return flag
    }

    private func invalid(_ value: JSONValue, _ expected: String) -> TokenizerError { invalid(at: value.pointer, expected) }

    private func invalid(at pointer: String, _ expected: String) -> TokenizerError {
        .invalid(file: file, pointer: pointer, expected: expected)
    }
}
