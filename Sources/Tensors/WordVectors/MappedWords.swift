/// The words of a table: from ids to words and back, in a mapped file.
struct MappedWords: Sendable {
    let count: Int
    let shape: WordShape
    /// Where all of the words' UTF-8 lies in the file.
    private let text: Range<Int>
    private let file: MappedFile
    private let offsets: MappedIntegers
    private let slots: MappedIntegers
    /// The word that holds each 64th byte.
    private let landmarks: [UInt32]

    private static let landmarkDistance = 64

    /// Reads every offset and every byte of the words once.
    ///
    /// - Throws: `TensorFileError`: a tensor is missing or has another shape, the offsets do not cut the text into words, or
    ///   the text is not UTF-8.
    init(_ table: SafetensorsFile, count: Int, shape: WordShape) throws(TensorFileError) {
        guard let words = table["words"] else { throw .missingTensor(key: "words", file: table.path) }
        guard words.type == .uint8 else { throw .unsupportedType(key: "words", file: table.path, type: words.type) }
        offsets = try MappedIntegers("word_offsets", count: count + 1, in: table)
        slots = try MappedIntegers("word_slots", count: WordHash.slotCount(count), in: table)
        text = words.byteRange
        file = table.file
        self.count = count
        self.shape = shape
        landmarks = try Self.landmarks(offsets, words: words)
    }

    /// Checks that every word has a byte at least, that they tile the text, and that each of them is UTF-8.
    private static func landmarks(_ offsets: MappedIntegers, words: MappedTensor) throws(TensorFileError) -> [UInt32] {
        func malformed(_ problem: String, _ offset: Int) -> TensorFileError {
            .malformed(file: words.path, problem: problem, byteOffset: words.byteRange.lowerBound + offset)
        }
        guard offsets[0] == 0, offsets[offsets.count - 1] == words.byteRange.count else {
            throw malformed("word_offsets do not run from 0 to the \(words.byteRange.count) bytes of words", 0)
        }
        let problem = words.file.withBytes(in: words.byteRange) { bytes in
            let isText = (try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)) != nil
            return isText ? nil : malformed("words are not UTF-8", 0)
        }
        if let problem { throw problem }
        var landmarks: [UInt32] = []
        landmarks.reserveCapacity(words.byteRange.count / landmarkDistance + 1)
        var start = 0
        for id in 0..<offsets.count - 1 {
            let end = offsets[id + 1]
            guard end > start, end <= words.byteRange.count else {
                throw malformed("word \(id) runs from byte \(start) to byte \(end) of words", min(start, words.byteRange.count))
            }
            let first = words.byteRange.lowerBound + start
            let isContinuation = words.file.withBytes(in: first..<first + 1) { $0[0] & 0xC0 == 0x80 }
            guard !isContinuation else { throw malformed("word \(id) begins within a character", start) }
            while landmarks.count * landmarkDistance < end { landmarks.append(UInt32(id)) }
            start = end
        }
        return landmarks
    }

    var byteCount: Int { text.count }

    /// The UTF-8 of all words, one behind the other, for the time of the call.
    func withText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { file.withBytes(in: text, body) }

    /// Where a word's key lies in the text.
    func key(_ id: Int) -> Range<Int> { offsets[id]..<offsets[id + 1] }

    /// The word that holds a byte of the text.
    func id(ofByte position: Int) -> Int {
        var id = Int(landmarks[position / Self.landmarkDistance])
        while offsets[id + 1] <= position { id += 1 }
        return id
    }

    /// The end of the word that a position lies in, without what a key has behind its word.
    func end(ofByte position: Int, in text: UnsafeRawBufferPointer) -> Int {
        shape.word(in: key(id(ofByte: position)), of: text).upperBound
    }

    subscript(id: Int) -> String {
        withText { String(decoding: $0[key(id)], as: UTF8.self) }
    }

    /// The word without what its key has around it.
    func text(_ id: Int) -> String {
        withText { String(decoding: $0[shape.word(in: key(id), of: $0)], as: UTF8.self) }
    }

    func id(of word: String) -> Int? {
        let word = Array(word.utf8)
        return word.withUnsafeBytes { wanted in
            var slot = Int(WordHash.hash(wanted)) & (slots.count - 1)
            for _ in 0..<slots.count {
                let id = slots[slot] - 1
                if id < 0 { return nil }
                if id < count, withText({ $0[key(id)].elementsEqual(wanted) }) { return id }
                slot = (slot + 1) & (slots.count - 1)
            }
            return nil
        }
    }
}
