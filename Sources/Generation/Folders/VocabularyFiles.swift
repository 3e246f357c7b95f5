import Foundation
import JSON
import Tensors
import Tokenization

/// What a folder with a new vocabulary has besides its weights: configuration and tokenizer files brought up to date, other
/// files copied.
struct VocabularyFiles {
    private var edited: [(name: String, bytes: [UInt8])] = []
    private var copied: [(name: String, source: String)] = []
    /// What is not carried over, and why.
    private(set) var remarks: [String] = []

    /// Names of files that say what the vocabulary is.
    private static let vocabularyNames = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja",
        "chat_template.json", "vocab.txt", "vocab.json", "merges.txt", "vocab.model", "spiece.model", "spm.model",
        "tokenizer.model", "sentencepiece.bpe.model", "bpe.codes", "tekken.json",
    ]
    /// Weights in other formats than the one that is rewritten: they have the old vocabulary.
    private static let weightExtensions: Set = [
        "safetensors", "bin", "pt", "pth", "ckpt", "h5", "msgpack", "onnx", "gguf", "ggml", "ot", "tflite", "npz",
    ]

    // MARK: Appending

    /// - Parameter rows: of the new matrix.
    init(_ folder: ModelFolder, appending words: AddedWords, rows: Int) throws {
        var configuration = ConfigurationEdits(folder.configuration, name: "config.json")
        configuration.setVocabularySize(rows)
        edited.append(("config.json", configuration.edited()))
        edited.append(("tokenizer.json", Self.tokenizer(folder.tokenizerDocument, appending: words)))
        if let document = try folder.document("tokenizer_config.json") {
            edited.append(("tokenizer_config.json", Self.tokenizerConfiguration(document, appending: words)))
        }
        if let document = try folder.document("added_tokens.json") {
            var edits = JSONEdits(document)
            edits.append(words.words.map { ($0.content, Array($0.id.description.utf8)) }, to: document.root)
            edited.append(("added_tokens.json", edits.edited()))
        }
        try copyTheRest(of: folder, except: [])
    }

    private static func tokenizer(_ document: JSONDocument, appending words: AddedWords) -> [UInt8] {
        let entries = words.words.map { word in
            object { entry in
                entry.member("id", word.id)
                word.write(to: &entry)
            }
        }
        var edits = JSONEdits(document)
        if let list = document.root["added_tokens"], list.kind == .array {
            edits.append(entries, to: list)
        } else {
            let text = Array("[".utf8) + entries.joined(separator: Array(",".utf8)) + Array("]".utf8)
            edits.set("added_tokens", of: document.root, to: text)
        }
        return edits.edited()
    }

    /// Where the file does not list added tokens, transformers takes those of tokenizer.json.
    private static func tokenizerConfiguration(_ document: JSONDocument, appending words: AddedWords) -> [UInt8] {
        var edits = JSONEdits(document)
        if let list = document.root["added_tokens_decoder"] {
            edits.append(words.words.map { word in (word.id.description, object { word.write(to: &$0) }) }, to: list)
        }
        return edits.edited()
    }

    private static func object(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object(write)
        return writer.bytes
    }

    // MARK: Replacing

    /// The tokenizer.json of a path that is that file or its folder.
    static func tokenizerPath(_ path: String) -> String { isFolder(path) ? path + "/tokenizer.json" : path }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// - Parameters:
    ///   - path: the new tokenizer's folder or file; a folder's other tokenizer files come along.
    ///   - rows: of the new matrix.
    init(_ folder: ModelFolder, replacing path: String, with tokenizer: Tokenizer, rows: Int) throws {
        copied.append(("tokenizer.json", Self.tokenizerPath(path)))
        if Self.isFolder(path) {
            copied += Self.vocabularyNames.dropFirst().map { ($0, path + "/" + $0) }
                .filter { FileManager.default.fileExists(atPath: $0.1) }
        }
        func companion(_ name: String) throws -> JSONValue? {
            try copied.first { $0.name == name }.map { try ModelFolder.document($0.source).root }
        }
        let baseConfiguration = try folder.document("tokenizer_config.json")?.root
        let baseTokens = SpecialTokens(
            configuration: baseConfiguration, map: try folder.document("special_tokens_map.json")?.root)
        var tokens = SpecialTokens(
            configuration: try companion("tokenizer_config.json"), map: try companion("special_tokens_map.json"))
        if try companion("tokenizer_config.json") == nil {
            if tokens.contentByRole.isEmpty { tokens = SpecialTokens(baseTokens, in: tokenizer) }
            let text = Self.tokenizerConfiguration(tokens, base: baseConfiguration, model: folder.configuration.root)
            edited.append(("tokenizer_config.json", text))
            for role in SpecialTokens.Role.allCases where tokens.contentByRole[role] == nil {
                if let content = baseTokens.contentByRole[role] {
                    remarks.append("tokenizer_config.json: the new tokenizer has no \(role.tokenKey), which was \(content)")
                }
            }
        }

        let mapping = SpecialTokenMapping(base: (baseTokens, folder.tokenizer), new: (tokens, tokenizer))
        var configuration = ConfigurationEdits(folder.configuration, name: "config.json")
        configuration.setVocabularySize(rows)
        configuration.mapSpecialTokens(mapping, setting: [.bos, .eos, .pad])
        edited.append(("config.json", configuration.edited()))
        remarks += configuration.remarks
        if let document = try folder.document("generation_config.json") {
            var generation = ConfigurationEdits(document, name: "generation_config.json")
            generation.mapSpecialTokens(mapping, setting: [])
            edited.append(("generation_config.json", generation.edited()))
            remarks += generation.remarks
        }
        try copyTheRest(of: folder, except: Set(Self.vocabularyNames))
    }

    /// A new tokenizer_config.json: little of the base's fits another tokenizer, its class least of all.
    private static func tokenizerConfiguration(_ tokens: SpecialTokens, base: JSONValue?, model: JSONValue) -> [UInt8] {
        var text = object { configuration in
            configuration.member("tokenizer_class", "PreTrainedTokenizerFast")
            configuration.member("clean_up_tokenization_spaces", false)
            for role in SpecialTokens.Role.allCases {
                guard let content = tokens.contentByRole[role] else { continue }
                configuration.key(role.tokenKey)
                configuration.string(content)
            }
            // The class would make token types for every model, and models without them refuse them.
            configuration.key("model_input_names")
            configuration.array { names in
                names.string("input_ids")
                if model["type_vocab_size"]?.integer ?? 0 > 1 { names.string("token_type_ids") }
                names.string("attention_mask")
            }
        }
        // What is said of lengths and sides is about the model.
        let carried = ["model_max_length", "padding_side", "truncation_side"].compactMap { key in
            base?[key].map { Array(",\"\(key)\":\($0.sourceText)".utf8) }
        }
        text.insert(contentsOf: carried.joined(), at: text.count - 1)
        return text + [UInt8(ascii: "\n")]
    }

    // MARK: Other files

    private mutating func copyTheRest(of folder: ModelFolder, except names: Set<String>) throws {
        let weights = Set(folder.checkpoint.files.map { ($0.path as NSString).lastPathComponent })
        let written = Set(edited.map(\.name) + copied.map(\.name)).union(weights)
            .union([folder.checkpoint.indexPath].compactMap { ($0 as NSString?)?.lastPathComponent })
        let modules = try modules(of: folder)
        var leftOut: [String] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            guard !name.hasPrefix("."), !written.contains(name) else { continue }
            let path = folder.path + "/" + name
            let hasOldVocabulary = Self.weightExtensions.contains((name as NSString).pathExtension) || name.hasSuffix(".index.json")
            if names.contains(name) || (Self.isFolder(path) ? !modules.contains(name) : hasOldVocabulary) {
                leftOut.append(name)
            } else {
                copied.append((name, path))
            }
        }
        if !leftOut.isEmpty {
            remarks.append("left out, as made for the old vocabulary or no part of the model: \(leftOut.joined(separator: ", "))")
        }
    }

    /// The folders of a sentence-transformers model's further modules.
    private func modules(of folder: ModelFolder) throws -> Set<String> {
        let file = folder.path + "/modules.json"
        guard FileManager.default.fileExists(atPath: file) else { return [] }
        let mapped = try MappedFile(path: file)
        guard let list = try? JSONDocument(parsing: mapped.bytes(in: 0..<mapped.count)).root else {
            throw ModelFolderError.malformed(file: file, problem: "no JSON")
        }
        return Set(list.elements.compactMap { $0["path"]?.string })
    }

    func write(to draft: DraftFolder) throws(ModelFolderError) {
        for (name, bytes) in edited { try draft.write(bytes, to: name) }
        for (name, source) in copied { try draft.copy(source, to: name) }
    }
}
