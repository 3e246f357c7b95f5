import JSON
import Tokenization

/// Which token plays which part, as transformers names the parts.
struct SpecialTokens {
    enum Role: String, CaseIterable {
        case bos, eos, unk, sep, pad, cls, mask

        /// The member of tokenizer_config.json.
        var tokenKey: String { "\(rawValue)_token" }
        /// The member of config.json.
        var idKey: String { "\(rawValue)_token_id" }

        /// What tokenizers usually call it.
        var usualNames: [String] {
            switch self {
            case .bos: ["<s>", "<bos>", "[BOS]", "<|begin_of_text|>", "<|startoftext|>", "<|endoftext|>"]
            case .eos: ["</s>", "<eos>", "[EOS]", "<|end_of_text|>", "<|endoftext|>"]
            case .unk: ["[UNK]", "<unk>", "<|unk|>"]
            case .sep: ["[SEP]", "</s>"]
            case .pad: ["[PAD]", "<pad>", "<|pad|>", "<|finetune_right_pad_id|>"]
            case .cls: ["[CLS]", "<s>"]
            case .mask: ["[MASK]", "<mask>", "<|mask|>"]
            }
        }
    }

    private(set) var contentByRole: [Role: String] = [:]

    /// Reads what tokenizer_config.json says, and special_tokens_map.json where that is silent.
    init(configuration: JSONValue?, map: JSONValue?) {
        for role in Role.allCases {
            let values = [configuration, map].compactMap { $0?[role.tokenKey] }
            contentByRole[role] = values.lazy.compactMap { $0.string ?? $0["content"]?.string }.first
        }
    }

    /// The parts that a base's tokens play, given to the tokens of another tokenizer: to the one of the same name or else to
    /// one that is usually called so.
    init(_ base: SpecialTokens, in tokenizer: Tokenizer) {
        for (role, content) in base.contentByRole {
            contentByRole[role] = ([content] + role.usualNames).first { tokenizer.id(of: Array($0.utf8)) != nil }
        }
    }

    func id(_ role: Role, in tokenizer: Tokenizer) -> Int? {
        contentByRole[role].flatMap { tokenizer.id(of: Array($0.utf8)) }
    }
}

/// Brings ids of special tokens from one tokenizer to another.
struct SpecialTokenMapping {
    let base: (tokens: SpecialTokens, tokenizer: Tokenizer)
    let new: (tokens: SpecialTokens, tokenizer: Tokenizer)

    /// The id that a role has in the new tokenizer.
    func id(_ role: SpecialTokens.Role) -> Int? { new.tokens.id(role, in: new.tokenizer) }

    /// The new id for member `key` of a configuration, which was `id`: by the role that the key names, by the role that the
    /// token had, or by its name. Nil if the new tokenizer has no such token.
    func id(for key: String, replacing id: Int) -> Int? {
        let named = SpecialTokens.Role.allCases.first { $0.idKey == key }
        if let named, let id = self.id(named) { return id }
        guard let piece = base.tokenizer.piece(id) else { return nil }
        let content = String(decoding: piece, as: UTF8.self)
        for role in SpecialTokens.Role.allCases where base.tokens.contentByRole[role] == content {
            if let id = self.id(role) { return id }
        }
        return new.tokenizer.id(of: piece)
    }
}

extension Tokenizer {
    fileprivate func id(of content: [UInt8]) -> Int? { addedTokens.first { $0.content == content }?.id ?? entryID(of: content) }
}
