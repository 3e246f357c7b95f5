import Foundation

/// Words and their vectors, in a mapped table: what is not looked at takes no memory.
///
/// A word's id is its row. Where a word stands and which words hold given bytes, the table's own index says.
public struct WordVectors: Sendable {
    /// A row for each word: 16- or 32-bit floats [count, dimension].
    public let vectors: MappedTensor
    /// The file that they are read from: the table, or what that was made of.
    public private(set) var path: String
    /// What the keys are.
    public var shape: WordShape { words.shape }
    private let words: MappedWords
    private let index: SubstringIndex

    /// Words in the table.
    public var count: Int { vectors.shape[0] }
    /// Numbers in a vector.
    public var dimension: Int { vectors.shape[1] }

    /// Maps a table that `WordVectorTableWriter` wrote.
    ///
    /// - Throws: `TensorFileError`.
    public init(table path: String) throws(TensorFileError) {
        let file = try SafetensorsFile(path: path)
        guard let vectors = try file["vectors"]?.expectingFloats() else {
            throw .missingTensor(key: "vectors", file: path)
        }
        guard vectors.shape.count == 2, vectors.shape[0] > 0, vectors.shape[1] > 0, vectors.shape[0] < Int(Int32.max) else {
            throw .wrongShape(
                key: "vectors", file: path, expected: [vectors.rowCount, max(vectors.rowWidth, 1)], found: vectors.shape)
        }
        guard let keys = file.metadata["keys"], let shape = WordShape(rawValue: keys) else {
            throw .malformed(
                file: path, problem: "the metadata do not say what keys are: this is no table of word vectors", byteOffset: 8)
        }
        self.vectors = vectors
        self.path = path
        words = try MappedWords(file, count: vectors.shape[0], shape: shape)
        index = try SubstringIndex(file, words: words)
    }

    /// Any file of word vectors: a table is mapped, and everything else is made a table first, in a temporary file that goes
    /// with its last user.
    ///
    /// - Throws: `TensorFileError`.
    public init(path: String) throws(TensorFileError) {
        if path.hasSuffix(".safetensors") {
            try self.init(table: path)
        } else {
            let source = try WordVectorFile.open(path)
            let temporary = NSTemporaryDirectory() + "/hyperembed-\(UUID().uuidString).safetensors"
            defer { unlink(temporary) }
            _ = try WordVectorTableWriter.write(source, to: temporary)
            try self.init(table: temporary)
            self.path = path
        }
    }

    /// The word of an id below `count`, as the file has it.
    public func word(_ id: Int) -> String { words[id] }

    /// The word of an id below `count` without the language, and the `$` at the edges, of a multilingual key.
    public func text(_ id: Int) -> String { words.text(id) }

    /// The id of a word, spelled exactly.
    public func id(of word: String) -> Int? { words.id(of: word) }

    /// The ids of the words that one of the patterns occurs in at its place, in ascending order: the first ones, up to `limit`.
    ///
    /// Only the word counts, not the language or the `$` at the edges of a multilingual key. Bytes are compared, so that a
    /// pattern may begin or end within a character.
    public func words(matching patterns: [WordPattern], limit: Int) -> [Int] {
        index.words(matching: patterns, in: words, limit: limit)
    }
}
