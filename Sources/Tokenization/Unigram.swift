/// The unigram language model (Kudo, arXiv 1804.10959): the segmentation whose entries' log probabilities sum highest.
///
/// `tokenize` gives what the `tokenizers` library's Unigram model gives, to the choice among equals: the segmentation found
/// first, shorter entries before longer ones from each start.
public struct Unigram: Sendable {
    let vocabulary: Vocabulary
    private let scores: [Double]
    let unknownID: Int?
    private let unknownScore: Double
    private let byteFallback: ByteFallback?

    /// How much worse than the worst entry a character is that has none.
    private static let unknownPenalty = 10.0

    /// - Parameter scores: by id.
    init(vocabulary: Vocabulary, scores: [Double], unknownID: Int?, hasByteFallback: Bool) {
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknownID = unknownID
        unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
        byteFallback = hasByteFallback ? ByteFallback(vocabulary) : nil
    }

    /// The best segmentation of the text up to one place.
    private struct Ending {
        var score = 0.0
        var start: Int?
        var isUnknown = false
    }

    func tokenize(_ text: [UInt8]) -> [Int] {
        segments(text).flatMap { segment -> [Int] in
            if let id = vocabulary.id(of: text[segment]) { return [id] }
            if let bytes = byteFallback?.ids(of: text[segment]) { return bytes }
            return unknownID.map { [$0] } ?? []
        }
    }

    /// Viterbi over the places between characters; neighbouring unknown characters become one segment.
    private func segments(_ text: [UInt8]) -> [Range<Int>] {
        var endings = [Ending](repeating: Ending(), count: text.count + 1)
        for character in UTF8Characters(text) {
            let start = character.lowerBound
            let score = endings[start].score

            func offer(end: Int, _ candidate: Double, isUnknown: Bool) {
                if endings[end].start == nil || candidate > endings[end].score {
                    endings[end] = Ending(score: candidate, start: start, isUnknown: isUnknown)
                }
            }
            var coversCharacter = false
            vocabulary.trie.forEachEntry(in: text, from: start) { id, end in
                offer(end: end, scores[id] + score, isUnknown: id == unknownID)
                if end == character.upperBound { coversCharacter = true }
            }
            if !coversCharacter { offer(end: character.upperBound, unknownScore + score, isUnknown: true) }
        }
        return backtrack(endings)
    }

    private func backtrack(_ endings: [Ending]) -> [Range<Int>] {
        var segments: [Range<Int>] = []
        var end = endings.count - 1
        var continuesUnknown = false
        while end > 0, let start = endings[end].start {
            if endings[end].isUnknown, continuesUnknown, let last = segments.popLast() {
                segments.append(start..<last.upperBound)
            } else {
                segments.append(start..<end)
            }
            continuesUnknown = endings[end].isUnknown
            end = start
        }
        return segments.reversed()
    }
}
