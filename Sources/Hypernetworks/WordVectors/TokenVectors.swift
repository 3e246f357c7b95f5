import Dispatch
import Tensors
import Tokenization

/// Vectors of a base's tokens in the space of word vectors, stored beside a table of those: A(t) is the mean of the vectors of
/// the words that t stands in. `AuxiliaryVectors` finds the tokens near a new one by them (specs/methods.md, 2.2).
///
/// The file is safetensors: `token_vectors`, with zeros for tokens that stand in no word, and in its metadata the SHA-256 of what
/// it was made of.
public struct TokenVectors: Sendable {
    /// (rows of the base, dimension of the word vectors), float32.
    public let vectors: MappedTensor

    /// What vectors of tokens are made of, by SHA-256, 64 hexadecimal digits.
    public struct Origin: Sendable, Equatable {
        /// Of the table's file.
        public var wordVectors: String
        /// Of the base's `tokenizer.json`.
        public var baseTokenizer: String

        public init(wordVectors: String, baseTokenizer: String) {
            self.wordVectors = wordVectors
            self.baseTokenizer = baseTokenizer
        }
    }

    private static let key = "token_vectors"
    private static let wordVectorsKey = "word_vectors_sha256"
    private static let baseTokenizerKey = "base_tokenizer_sha256"
    /// Tokens whose vectors are held in memory at a time, and how many of them a thread takes.
    private static let rowsAtOnce = 4_096
    private static let rowsOfAThread = 64

    /// Maps stored vectors.
    ///
    /// - Parameters:
    ///   - words: the table that new tokens are looked up in.
    ///   - baseRows: how many rows the base's matrix has.
    ///   - origin: that table and the base's tokenizer.
    /// - Throws: `TokenVectorsError`.
    public init(path: String, of words: WordVectors, baseRows: Int, origin: Origin) throws(TokenVectorsError) {
        let file: SafetensorsFile
        do throws(TensorFileError) {
            file = try SafetensorsFile(path: path)
            guard let tensor = file[Self.key] else { throw .missingTensor(key: Self.key, file: path) }
            vectors = try tensor.expecting(shape: [baseRows, words.dimension])
        } catch {
            throw .unreadable(error)
        }
        let tokenizer = file.metadata[Self.baseTokenizerKey]
        guard tokenizer == origin.baseTokenizer else {
            throw .otherTokenizer(file: path, expected: origin.baseTokenizer, found: tokenizer)
        }
        let table = file.metadata[Self.wordVectorsKey]
        guard table == origin.wordVectors else {
            throw .otherWordVectors(file: path, expected: origin.wordVectors, found: table)
        }
    }

    /// Makes the vectors of all tokens and stores them. The file appears under `path` when it is whole, and then takes the place
    /// of what was there.
    ///
    /// - Parameters:
    ///   - baseRows: how many rows the base's matrix has.
    ///   - progress: is told how many words have been tokenised since the last time.
    /// - Returns: how many tokens stand in a word.
    /// - Throws: `TensorFileError.unwritable`.
    public static func write(
        of words: WordVectors, base: BaseTokenizer, baseRows: Int, origin: Origin, to path: String,
        progress: (Int) -> Void = { _ in }
    ) throws(TensorFileError) -> Int {
        let owned = OwnedWords(words, base: base, tokenCount: baseRows, progress: progress)
        var header = SafetensorsHeader(
            metadata: [(wordVectorsKey, origin.wordVectors), (baseTokenizerKey, origin.baseTokenizer)])
        header.add(key, type: .float32, shape: [baseRows, words.dimension])
        let head = header.encoded()
        let draft = DraftFile(for: path)
        let file = try OutputFile(path: draft.path, byteCount: head.count + header.tensorBytes)
        try file.write(head, at: 0)
        var offset = head.count
        for first in stride(from: 0, to: baseRows, by: rowsAtOnce) {
            let rows = means(of: first..<min(first + rowsAtOnce, baseRows), owned, words)
            let bytes = rows.withUnsafeBytes { [UInt8]($0) }
            try file.write(bytes, at: offset)
            offset += bytes.count
        }
        try draft.publish()
        return (0..<baseRows).count { !owned[$0].isEmpty }
    }

    /// The vectors of some tokens, one behind the other.
    private static func means(of tokens: Range<Int>, _ owned: OwnedWords, _ words: WordVectors) -> [Float] {
        let rows = RowStorage(rows: tokens.count, columns: words.dimension)
        let threads = (tokens.count + rowsOfAThread - 1) / rowsOfAThread
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for row in thread * rowsOfAThread..<min((thread + 1) * rowsOfAThread, tokens.count) {
                let occurrences = owned[tokens.lowerBound + row]
                let mean = words.mean(of: occurrences.lazy.map { (Int($0.word), Int($0.forms)) })
                rows.withMutableRow(row) { row in
                    for column in mean.indices { row[column] = mean[column] }
                }
            }
        }
        return rows.elements()
    }
}
