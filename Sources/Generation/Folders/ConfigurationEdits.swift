import JSON

/// Brings config.json and generation_config.json up to a new vocabulary, and leaves everything else in them as it is written.
struct ConfigurationEdits {
    private var edits: JSONEdits
    private let root: JSONValue
    /// What could not be carried over.
    private(set) var remarks: [String] = []
    private let name: String

    init(_ document: JSONDocument, name: String) {
        edits = JSONEdits(document)
        root = document.root
        self.name = name
    }

    func edited() -> [UInt8] { edits.edited() }

    /// Sets the number of rows. In a model of several parts it belongs to the one that reads text.
    mutating func setVocabularySize(_ rows: Int) {
        let text = Array(rows.description.utf8)
        if let part = textPart {
            edits.set("vocab_size", of: part, to: text)
            if let size = root["vocab_size"] { edits.replace(size, with: text) }
        } else {
            edits.set("vocab_size", of: root, to: text)
        }
    }

    /// Sets every id of a special token that is there.
    ///
    /// - Parameter roles: those whose ids are set even if nothing is there, since the model's class has a value of its own for
    ///   them.
    mutating func mapSpecialTokens(_ mapping: SpecialTokenMapping, setting roles: [SpecialTokens.Role]) {
        for part in [root, textPart].compactMap({ $0 }) {
            for (name, value) in part.members { map(name.string ?? "", value, mapping) }
        }
        for role in roles where root[role.idKey] == nil {
            if let id = mapping.id(role) { edits.append([(role.idKey, Array(id.description.utf8))], to: root) }
        }
    }

    private var textPart: JSONValue? { root["text_config"].flatMap { $0.kind == .object ? $0 : nil } }

    /// Lists of ids that are about the old vocabulary.
    private static let idLists: Set = [
        "suppress_tokens", "begin_suppress_tokens", "bad_words_ids", "force_words_ids", "forced_decoder_ids",
    ]

    private mutating func map(_ key: String, _ value: JSONValue, _ mapping: SpecialTokenMapping) {
        if Self.idLists.contains(key), !value.isNull {
            replace(value, with: nil)
        } else if key.hasSuffix("_token_id") {
            if let id = value.integer {
                replace(value, with: mapping.id(for: key, replacing: id)?.description)
            } else if value.kind == .array {
                let ids = value.elements.compactMap { $0.integer.flatMap { mapping.id(for: key, replacing: $0) } }
                replace(value, with: ids.isEmpty ? nil : ids.description)
            }
        }
    }

    private mutating func replace(_ value: JSONValue, with text: String?) {
        if text == nil {
            remarks.append("\(name): \(value.pointer) was \(value.sourceText) and is null now: the new tokenizer has no such token")
        }
        edits.replace(value, with: Array((text ?? "null").utf8))
    }
}
