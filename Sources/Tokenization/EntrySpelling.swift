import Foundation

/// How the entries of a vocabulary spell bytes.
struct EntrySpelling: Sendable, Equatable {
    enum Alphabet: Sendable {
        /// UTF-8 as it is.
        case plain
        /// GPT-2's printable alphabet.
        case byteLevel
        /// `▁` is a space and an entry `<0xNN>` one byte.
        case sentencePiece
        case base64
    }

    var alphabet: Alphabet
    /// What begins an entry that goes on inside a word; where it is not empty, any other entry begins a word.
    var continuingPrefix: [UInt8] = []
    /// What ends an entry that ends a word.
    var wordSuffix: [UInt8] = []

    /// Whether entries say where words begin or end, and so no entry spells a space.
    var marksWords: Bool { !continuingPrefix.isEmpty || !wordSuffix.isEmpty }

    /// Whether an entry spells a byte for want of an entry with the character itself.
    func isFallback(_ entry: [UInt8]) -> Bool { alphabet == .sentencePiece && Alphabet.fallbackByte(entry) != nil }

    /// The bytes that an entry stands for. A word begins with a space; where only its end is marked, it ends with one.
    ///
    /// - Throws: `notByteLevel` or `notBase64`.
    func bytes(of entry: [UInt8]) throws(SurfaceFormError) -> [UInt8] {
        if !marksWords { return try alphabet.bytes(of: entry) }
        var core = entry[...]
        let continuesWord = core.starts(with: continuingPrefix)
        if continuesWord { core = core.dropFirst(continuingPrefix.count) }
        let endsWord = !wordSuffix.isEmpty && core.suffix(wordSuffix.count).elementsEqual(wordSuffix)
        if endsWord { core = core.dropLast(wordSuffix.count) }
        let bytes = try alphabet.bytes(of: Array(core))
        let marksBeginnings = !continuingPrefix.isEmpty
        return (marksBeginnings && !continuesWord ? [space] : []) + bytes + (!marksBeginnings && endsWord ? [space] : [])
    }
}

extension EntrySpelling {
    /// The spelling of single entries that a caller names.
    init(_ form: TokenForm) {
        switch form {
        case .text: self.init(alphabet: .plain)
        case .byteLevel: self.init(alphabet: .byteLevel)
        case .sentencePiece: self.init(alphabet: .sentencePiece)
        case .wordPiece: self.init(alphabet: .plain, continuingPrefix: Array("##".utf8))
        case .bytes: self.init(alphabet: .base64)
        }
    }
}

extension EntrySpelling.Alphabet {
    /// Bytes as the model of a tokenizer reads them.
    func spell(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .plain: bytes
        case .byteLevel: ByteLevelAlphabet.spell(bytes)
        case .sentencePiece: bytes.flatMap { $0 == space ? lowerBlock : [$0] }
        case .base64: Array(Data(bytes).base64EncodedData())
        }
    }

    fileprivate func bytes(of text: [UInt8]) throws(SurfaceFormError) -> [UInt8] {
        switch self {
        case .plain:
            return text
        case .byteLevel:
            return try ByteLevelAlphabet.read(text)
        case .sentencePiece:
            return Self.fallbackByte(text).map { [$0] } ?? Self.replacingLowerBlocks(text)
        case .base64:
            // Foundation reads "====" as a byte: what is base64 is what comes out again (RFC 4648 section 3.5).
            guard let data = Data(base64Encoded: Data(text)), data.base64EncodedData().elementsEqual(text) else { throw .notBase64 }
            return Array(data)
        }
    }

    /// The byte of an entry `<0xNN>`.
    fileprivate static func fallbackByte(_ text: [UInt8]) -> UInt8? {
        guard text.count == 6, text.starts(with: "<0x".utf8), text[5] == UInt8(ascii: ">"),
            let high = Character(Unicode.Scalar(text[3])).hexDigitValue,
            let low = Character(Unicode.Scalar(text[4])).hexDigitValue
        else { return nil }
        return UInt8(high << 4 | low)
    }

    /// Every `▁`, U+2581, as a space.
    private static func replacingLowerBlocks(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(0xE2) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            let isBlock = text[position...].starts(with: lowerBlock)
            result.append(isBlock ? space : text[position])
            position += isBlock ? lowerBlock.count : 1
        }
        return result
    }
}

let space = UInt8(ascii: " ")

/// `▁`, which SentencePiece writes for a space.
let lowerBlock: [UInt8] = [0xE2, 0x96, 0x81]
