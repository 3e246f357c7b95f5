/// Writes word vectors as a table: a safetensors file that is mapped as it is, with what finds words by name and by parts of
/// them.
///
/// | tensor | type and shape | holds |
/// |---|---|---|
/// | `vectors` | F32, F16 or BF16 [n, d] | a row for each word |
/// | `words` | U8 | the words' UTF-8, one behind the other |
/// | `word_offsets` | U32 [n + 1] | where each begins in it, and where the last one ends |
/// | `word_slots` | U32 [2^k ≥ 2n] | id plus one, in the first free slot from the word's hash on; 0 is free |
/// | `beginnings` | U32 [n] | positions in `words` where words begin, sorted by the text from there to the word's end |
/// | `insides` | U32 | all other positions in words, sorted so |
/// | `beginnings_minima`, `insides_minima` | U32 | the smallest of each 16 neighbours, then of each 16 of those, … |
///
/// The metadata say what keys are (`keys`: `plain` or `language:word`). Vectors go to the file as they come: only the words,
/// their slots and the index are held in memory.
public struct WordVectorTableWriter {
    /// What was written.
    public struct Summary: Sendable, Equatable {
        public var words: Int
        public var dimension: Int
        /// Rows that were left out, as their word had a row before.
        public var duplicates: Int
        public var shape: WordShape
    }

    private let source: String
    private let dimension: Int
    private let format: FloatFormat
    private let output: OutputFile
    private var words = WordList()
    private var duplicates = 0
    private var haveLanguages = true
    private var rows: [UInt8] = []
    private var end: Int

    /// Room for the header, which is written last, when the number of words is known.
    private static let headerBytes = 4_096
    private static let bufferedBytes = 1 << 20
    /// Positions in the text are 32-bit numbers.
    private static let maximumTextBytes = Int(UInt32.max)

    /// Writes all words of `source` to `path`, which has the table when it is complete and is untouched until then.
    ///
    /// - Parameters:
    ///   - format: how vectors are kept.
    ///   - progress: is told how many bytes of the source have been read, every now and then.
    /// - Throws: `TensorFileError`: what is wrong with the source, or why the table cannot be written.
    public static func write(
        _ source: any WordVectorSource, to path: String, as format: FloatFormat = .float32,
        progress: (_ bytesRead: Int) -> Void = { _ in }
    ) throws(TensorFileError) -> Summary {
        var source = source
        let draft = DraftFile(for: path)
        var writer = try WordVectorTableWriter(source, to: draft.path, as: format)
        var vector = [Float](repeating: 0, count: source.dimension)
        while true {
            let start = source.bytesRead
            guard let word = try source.next(&vector) else { break }
            try writer.append(word, vector, at: start)
            if writer.words.count.isMultiple(of: 1_024) { progress(source.bytesRead) }
        }
        progress(source.bytesRead)
        let summary = try writer.finish()
        try draft.publish()
        return summary
    }

    private init(_ source: any WordVectorSource, to path: String, as format: FloatFormat) throws(TensorFileError) {
        self.source = source.path
        dimension = source.dimension
        self.format = format
        output = try OutputFile(path: path, byteCount: 0)
        end = Self.headerBytes
    }

    private mutating func append(_ word: [UInt8], _ vector: [Float], at offset: Int) throws(TensorFileError) {
        func malformed(_ problem: String) -> TensorFileError {
            .malformed(file: source, problem: "word \(words.count + duplicates + 1) \(problem)", byteOffset: offset)
        }
        guard !word.isEmpty else { throw malformed("is empty") }
        guard (try? UTF8Span(validating: word.span)) != nil else { throw malformed("is not UTF-8") }
        guard !word.contains(0) else { throw malformed("has a zero byte") }
        guard words.bytes.count + word.count <= Self.maximumTextBytes else {
            throw malformed("is one too many: words take 4 GiB")
        }
        guard words.append(word) else {
            duplicates += 1
            return
        }
        haveLanguages = haveLanguages && WordShape.hasLanguage(word)
        guard format.append(vector, to: &rows) else {
            throw .notFinite(key: "vectors", file: source, row: words.count - 1, type: format.elementType)
        }
        if rows.count >= Self.bufferedBytes { try flush() }
    }

    private mutating func flush() throws(TensorFileError) {
        try write(rows)
        rows.removeAll(keepingCapacity: true)
    }

    private mutating func finish() throws(TensorFileError) -> Summary {
        guard words.count > 0 else { throw .malformed(file: source, problem: "no words", byteOffset: 0) }
        try flush()
        let shape: WordShape = haveLanguages ? .languageAndWord : .plain
        var header = SafetensorsHeader(metadata: [("format", "hyperembed word vectors"), ("keys", shape.rawValue)])
        header.add("vectors", type: format.elementType, shape: [words.count, dimension])
        header.add("words", type: .uint8, shape: [words.bytes.count])
        try write(words.bytes)
        try write(words.offsets, as: "word_offsets", &header)
        try write(words.slots, as: "word_slots", &header)
        for place in [WordPattern.Place.beginning, .inside] {
            let key = place == .beginning ? "beginnings" : "insides"
            let positions = words.sortedPositions(place, shape: shape)
            try write(positions, as: key, &header)
            try write(SortedPositions.minima(of: positions), as: key + "_minima", &header)
        }
        try write(header.encoded(byteCount: Self.headerBytes), at: 0)
        try output.synchronize()
        return Summary(words: words.count, dimension: dimension, duplicates: duplicates, shape: shape)
    }

    private mutating func write(_ numbers: [UInt32], as key: String, _ header: inout SafetensorsHeader) throws(TensorFileError)
    {
        header.add(key, type: .uint32, shape: [numbers.count])
        try write(numbers)
    }

    private mutating func write<Element: BitwiseCopyable>(_ elements: [Element]) throws(TensorFileError) {
        try write(elements, at: end)
        end += elements.count * MemoryLayout<Element>.stride
    }

    private func write<Element: BitwiseCopyable>(_ elements: [Element], at offset: Int) throws(TensorFileError) {
        let result = elements.withUnsafeBytes { bytes in
            Result { () throws(TensorFileError) in try output.write(bytes, at: offset) }
        }
        try result.get()
    }
}

extension WordList {
    /// The beginnings of words, or all other positions in them, in the order of the text from there to the word's end.
    fileprivate func sortedPositions(_ place: WordPattern.Place, shape: WordShape) -> [UInt32] {
        bytes.withUnsafeBytes { text in
            SortedPositions.sort(text) { body in
                for id in 0..<count {
                    let word = shape.word(in: range(of: id), of: text)
                    if place == .beginning {
                        body(word.lowerBound, word.upperBound)
                    } else {
                        for position in word.dropFirst() { body(position, word.upperBound) }
                    }
                }
            }
        }
    }
}
