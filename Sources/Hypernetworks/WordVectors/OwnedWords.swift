import Dispatch
import Synchronization
import Tensors
import Tokenization

/// From each token of a base to the words that it stands in, as OFA counts them (specs/methods.md, 2.2).
///
/// Every word is tokenised in four forms, `word`, ` word`, `Word` and ` Word`. A token has the word once for each form that it
/// comes out of, however often it stands in that.
struct OwnedWords: Sendable {
    struct Occurrence: Sendable {
        var word: Int32
        /// In how many of its forms: 1 to 4.
        var forms: Int32
    }

    /// Where each token's occurrences begin, and where the last one's end.
    private let starts: [Int]
    private let occurrences: [Occurrence]

    /// Words that a thread takes at a time, and how many of those are tokenised before progress is told.
    private static let wordsAtOnce = 256
    private static let chunksAtOnce = 64

    /// - Parameters:
    ///   - tokenCount: how many tokens are looked at: ids from 0 on.
    ///   - progress: is told how many words have been tokenised since the last time.
    init(_ words: WordVectors, base: BaseTokenizer, tokenCount: Int, progress: (Int) -> Void) {
        var chunks: [[(token: Int32, occurrence: Occurrence)]] = []
        for first in stride(from: 0, to: words.count, by: Self.wordsAtOnce * Self.chunksAtOnce) {
            let ids = first..<min(first + Self.wordsAtOnce * Self.chunksAtOnce, words.count)
            chunks += Self.occurrences(of: ids, in: words, base: base, tokenCount: tokenCount)
            progress(ids.count)
        }
        // Sorted by token; those of one token stay in the order of their words.
        var starts = [Int](repeating: 0, count: tokenCount + 1)
        for chunk in chunks {
            for (token, _) in chunk { starts[Int(token) + 1] += 1 }
        }
        for token in 0..<tokenCount { starts[token + 1] += starts[token] }
        var places = starts
        var sorted = [Occurrence](repeating: Occurrence(word: 0, forms: 0), count: starts[tokenCount])
        for chunk in chunks {
            for (token, occurrence) in chunk {
                sorted[places[Int(token)]] = occurrence
                places[Int(token)] += 1
            }
        }
        self.starts = starts
        occurrences = sorted
    }

    /// A token's words, in the order of their ids.
    subscript(token: Int) -> ArraySlice<Occurrence> { occurrences[starts[token]..<starts[token + 1]] }

    /// The tokens of some words, in chunks that together have the words in order. All processors take part.
    private static func occurrences(
        of ids: Range<Int>, in words: WordVectors, base: BaseTokenizer, tokenCount: Int
    ) -> [[(token: Int32, occurrence: Occurrence)]] {
        let firsts = Array(stride(from: ids.lowerBound, to: ids.upperBound, by: wordsAtOnce))
        let chunks = Mutex(firsts.map { _ in [(token: Int32, occurrence: Occurrence)]() })
        DispatchQueue.concurrentPerform(iterations: firsts.count) { index in
            var chunk: [(token: Int32, occurrence: Occurrence)] = []
            for id in firsts[index]..<min(firsts[index] + wordsAtOnce, ids.upperBound) {
                for (token, forms) in tokens(of: words.text(id), base: base) where token < tokenCount {
                    chunk.append((Int32(token), Occurrence(word: Int32(id), forms: Int32(forms))))
                }
            }
            chunks.withLock { $0[index] = chunk }
        }
        return chunks.withLock(\.self)
    }

    /// The tokens that come out of a word's forms, each with the number of those.
    private static func tokens(of word: String, base: BaseTokenizer) -> [Int: Int] {
        let capitalized = TitleCase.capitalized(word)
        var forms: [Int: Int] = [:]
        for form in [word, " " + word, capitalized, " " + capitalized] {
            for token in Set(base.encode(text: form)) { forms[token, default: 0] += 1 }
        }
        return forms
    }
}
