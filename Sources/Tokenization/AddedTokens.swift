/// A token that stands beside the model's vocabulary in `added_tokens`.
public struct AddedToken: Sendable, Equatable {
    public var id: Int
    public var content: [UInt8]
    public var isSpecial: Bool
    /// Whether it is found only where no letter, digit or mark touches it.
    public var isSingleWord: Bool
    /// Whether it is looked for after the normaliser, when those that are not have been found.
    public var isNormalized: Bool
}

/// Finds the added tokens in a text, as the `tokenizers` library does before anything else: leftmost first, the longest among
/// those that begin at one place.
///
/// White space that the library takes along with a token (`lstrip`, `rstrip`) stays text here: it is part of what is spelled.
struct AddedTokenFinder: Sendable {
    private var tokens: [AddedToken] = []
    private var beforeNormalizer = VocabularyTrie()
    private var afterNormalizer = VocabularyTrie()

    init(_ tokens: [AddedToken]) {
        for token in tokens where !token.content.isEmpty {
            if token.isNormalized {
                afterNormalizer.insert(token.content, id: self.tokens.count)
            } else {
                beforeNormalizer.insert(token.content, id: self.tokens.count)
            }
            self.tokens.append(token)
        }
    }

    enum Section {
        case text(ArraySlice<UInt8>)
        case token(id: Int)
    }

    /// The tokens in a UTF-8 text and what stands between them.
    ///
    /// - Parameter normalizer: what changes the text before the tokens that are looked for behind it; nil if that is done.
    func sections(of text: [UInt8], normalizer: Normalizer? = nil) -> [Section] {
        sections(of: text[...], beforeNormalizer).flatMap { section -> [Section] in
            guard case .text(let rest) = section else { return [section] }
            guard let normalizer else { return sections(of: rest, afterNormalizer) }
            return sections(of: Array(normalizer.normalize(String(decoding: rest, as: UTF8.self)).utf8)[...], afterNormalizer)
        }
    }

    private func sections(of text: ArraySlice<UInt8>, _ trie: VocabularyTrie) -> [Section] {
        var sections: [Section] = []
        var textStart = text.startIndex
        var position = text.startIndex
        while position < text.endIndex {
            guard let (token, end) = longestToken(in: text[position...], trie) else {
                position += 1
                continue
            }
            if !token.isSingleWord || Self.standsAlone(position..<end, in: text) {
                if textStart < position { sections.append(.text(text[textStart..<position])) }
                sections.append(.token(id: token.id))
                textStart = end
            }
            position = end
        }
        if textStart < text.endIndex { sections.append(.text(text[textStart...])) }
        return sections
    }

    private func longestToken(in text: ArraySlice<UInt8>, _ trie: VocabularyTrie) -> (token: AddedToken, end: Int)? {
        var longest: (token: AddedToken, end: Int)?
        var node = VocabularyTrie.root
        for position in text.indices {
            guard let next = trie.child(of: node, text[position]) else { break }
            node = next
            if let index = trie.id(at: node) { longest = (tokens[index], position + 1) }
        }
        return longest
    }

    private static func standsAlone(_ range: Range<Int>, in text: ArraySlice<UInt8>) -> Bool {
        // A character has four bytes at most.
        let before = String(decoding: text[..<range.lowerBound].suffix(4), as: UTF8.self).unicodeScalars.last
        let after = String(decoding: text[range.upperBound...].prefix(4), as: UTF8.self).unicodeScalars.first
        return ![before, after].contains { $0.map(isWordCharacter) ?? false }
    }

    /// What `\w` matches (UTS 18, annex C).
    private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        return switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
        default: properties.isAlphabetic || properties.isJoinControl
        }
    }
}
