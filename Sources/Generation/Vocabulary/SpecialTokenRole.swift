import Tokenization

/// What a special token is for, told by its name: vocabularies call the same thing by different names.
enum SpecialTokenRole: CaseIterable {
    case beginning, end, padding, unknown, mask

    /// In families of models that are common: BERT, SentencePiece and RoBERTa, Gemma, Llama 3 and GPT-2, T5.
    private var names: [String] {
        switch self {
        case .beginning: ["[CLS]", "<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>"]
        case .end: ["[SEP]", "</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>"]
        case .padding: ["[PAD]", "<pad>", "<|pad|>", "<|finetune_right_pad_id|>"]
        case .unknown: ["[UNK]", "<unk>", "<|unk|>"]
        case .mask: ["[MASK]", "<mask>", "<|mask|>"]
        }
    }

    /// The base's special token that is for the same as one with this name: the same name, or else the first that it has of those
    /// for this role.
    static func counterpart(of content: [UInt8], in base: BaseTokenizer) -> Int? {
        if let id = base.specialID(of: content) { return id }
        guard let role = allCases.first(where: { $0.names.contains { $0.utf8.elementsEqual(content) } }) else { return nil }
        return role.names.lazy.compactMap { base.specialID(of: Array($0.utf8)) }.first
    }
}
