import JSON

/// Every id of a vocabulary with the bytes it stands for.
public struct VocabularyListing: Sendable {
    public enum Entry: Sendable, Hashable {
        /// A leading space begins a word. Several ids may have the same bytes, and an entry may be empty (WordPiece's `##`).
        case token(bytes: [UInt8])
        /// A special token, spelled as the file spells it.
        case special(content: [UInt8])
        /// An id below the highest that the vocabulary does not use.
        case hole

        /// Empty for a hole.
        public var bytes: [UInt8] {
            switch self {
            case .token(let bytes): bytes
            case .special(let content): content
            case .hole: []
            }
        }
    }

    /// By id.
    public let entries: [Entry]

    public static let empty = VocabularyListing(entries: [])

    private init(entries: [Entry]) { self.entries = entries }

    /// Lists entries that are spelled in `form`, each at its index. Text is taken as it is.
    ///
    /// - Parameter isSpecial: whether a piece is the name of a special token.
    /// - Throws: `VocabularyListingError`.
    public init(
        pieces: [String], form: TokenForm, isSpecial: (String) -> Bool = { _ in false }
    ) throws(VocabularyListingError) {
        let spelling = EntrySpelling(form)
        var entries: [Entry] = []
        entries.reserveCapacity(pieces.count)
        for (index, piece) in pieces.enumerated() { entries.append(try Self.entry(piece, spelling, isSpecial, index: index)) }
        self.entries = entries
    }

    /// Lists entries that are spelled in `form` and have ids of their own, in any order.
    ///
    /// - Parameter isSpecial: whether a piece is the name of a special token.
    /// - Throws: `VocabularyListingError`.
    public init(
        pieces: [(piece: String, id: Int)], form: TokenForm, isSpecial: (String) -> Bool = { _ in false }
    ) throws(VocabularyListingError) {
        let spelling = EntrySpelling(form)
        var entries: [Entry] = []
        for (index, (piece, id)) in pieces.enumerated() {
            guard (0...Vocabulary.maximumID).contains(id) else { throw .invalidID(id, index: index) }
            entries.extend(toHold: id, filler: .hole)
            guard entries[id] == .hole else { throw .duplicateID(id, index: index) }
            entries[id] = try Self.entry(piece, spelling, isSpecial, index: index)
        }
        self.entries = entries
    }

    /// - Parameter vocabulary: the model's entries by id, nil for holes.
    init(
        vocabulary: [[UInt8]?], addedTokens: [AddedToken], spelling: EntrySpelling, file: String
    ) throws(TokenizerError) {
        var entries: [Entry] = []
        entries.reserveCapacity(vocabulary.count)
        for entry in vocabulary {
            guard let entry else {
                entries.append(.hole)
                continue
            }
            entries.append(.token(bytes: try Self.bytes(of: entry, spelling, file: file)))
        }
        var contents: [Int: [UInt8]] = [:]
        for (index, token) in addedTokens.enumerated() {
            let known = contents[token.id] ?? (vocabulary.indices.contains(token.id) ? vocabulary[token.id] : nil)
            guard known == nil || known == token.content else {
                throw .invalid(file: file, pointer: "/added_tokens/\(index)/id", expected: "an id that no other entry has")
            }
            contents[token.id] = token.content
            entries.extend(toHold: token.id, filler: .hole)
            if token.isSpecial {
                entries[token.id] = .special(content: token.content)
            } else if known == nil {
                // Only the model's own entries are spelled in its form; what stands beside them is matched in plain text.
                entries[token.id] = .token(bytes: token.content)
            }
        }
        self.entries = entries
    }

    /// An entry outside the byte-level alphabet stands for itself, as the `tokenizers` library decodes it.
    private static func bytes(
        of entry: [UInt8], _ spelling: EntrySpelling, file: String
    ) throws(TokenizerError) -> [UInt8] {
        do {
            return try spelling.bytes(of: entry)
        } catch .notByteLevel {
            return entry
        } catch {
            throw .invalid(file: file, pointer: "/model/vocab", expected: "entries in base64")
        }
    }

    private static func entry(
        _ piece: String, _ spelling: EntrySpelling, _ isSpecial: (String) -> Bool, index: Int
    ) throws(VocabularyListingError) -> Entry {
        if isSpecial(piece) { return .special(content: Array(piece.utf8)) }
        do {
            return .token(bytes: try spelling.bytes(of: Array(piece.utf8)))
        } catch {
            throw .unreadable(error, index: index)
        }
    }
}

/// Why a list of entries is no vocabulary; indices count the entries as they were given.
public enum VocabularyListingError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(SurfaceFormError, index: Int)
    case invalidID(Int, index: Int)
    case duplicateID(Int, index: Int)

    public var description: String {
        switch self {
        case .unreadable(let error, let index): "entry \(index): \(error)"
        case .invalidID(let id, let index): "entry \(index): the id \(id) is not one from 0 to \(Vocabulary.maximumID)"
        case .duplicateID(let id, let index): "entry \(index): another entry has the id \(id) too"
        }
    }
}

extension Array {
    /// Makes `index` valid.
    mutating func extend(toHold index: Int, filler: Element) {
        if index >= count { append(contentsOf: repeatElement(filler, count: index + 1 - count)) }
    }
}
