import Hypernetworks
import Tensors
import Tokenization

extension TrainingFreeGenerator {
    /// A generator over the rows of a base model, which takes statistics of those that stand for something.
    convenience init(_ base: EmbeddingMatrices, tokenizer: BaseTokenizer) {
        let entries = tokenizer.listing.entries
        self.init(
            input: base.input, output: base.output, bias: base.bias,
            validRows: { entries.indices.contains($0) && !entries[$0].isUnused },
            scriptClass: { row in
                guard entries.indices.contains(row), case .token(let bytes) = entries[row] else { return nil }
                return ScriptClass.of(bytes: bytes)
            })
    }
}

extension VocabularyListing {
    /// Whether other rows may be mixed from an entry's: it stands for text.
    func isMixable(_ id: Int) -> Bool {
        guard entries.indices.contains(id), case .token(let bytes) = entries[id] else { return false }
        return !bytes.isEmpty && !entries[id].isUnused
    }
}

extension VocabularyListing.Entry {
    /// Whether no text has ever had this entry, as far as its name tells: rows that training has not touched, or has pushed away.
    fileprivate var isUnused: Bool {
        let name: [UInt8]
        switch self {
        case .hole: return true
        case .token(let bytes): name = bytes
        case .special(let content): name = content
        }
        let text = String(decoding: name.drop { $0 == UInt8(ascii: " ") }, as: UTF8.self).lowercased()
        guard let first = text.first, let last = text.last, (first == "[" && last == "]") || (first == "<" && last == ">") else {
            return false
        }
        return ["unused", "reserved", "pad", "madeupword"].contains { text.contains($0) }
    }
}
