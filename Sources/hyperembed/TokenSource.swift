import ArgumentParser
import Foundation
import Generation
import Hypernetworks
import Synchronization
import Tokenization

/// An endless supply of tokens to measure with: those of a file in turn, or random ones that are like new words.
final class TokenSource: Sendable {
    /// What turns words into source ids.
    typealias Spelling = (TokenReader, SurfaceFormEncoder)

    let hypernetwork: ZeTTHypernetwork
    private let language: Int?
    /// Empty for random tokens.
    private let given: [HypernetworkInput]
    private let position = Atomic(0)

    /// How many words in a thousand have 1, 2, 3, … source pieces: the 300,000 most frequent English words (wordfreq 3.1.1) by the
    /// default model's tokenizer. 2.5 on average.
    private static let lengths = [76, 475, 322, 98, 23, 4, 2]

    init(_ hypernetwork: ZeTTHypernetwork, language: String?, words: [String]?, spelling: Spelling?) throws {
        let configuration = hypernetwork.configuration
        let index = language.map(configuration.languageIndex) ?? (configuration.languages == nil ? nil : 0)
        if let language, index == nil { throw ValidationError("The hypernetwork knows no language \(language).") }
        self.hypernetwork = hypernetwork
        self.language = index
        given = try (words ?? []).map { word in
            guard let (reader, surfaceForms) = spelling else { throw ValidationError("--tokens needs a model with a tokenizer, not --shape.") }
            let surfaceForm = try surfaceForms.encode(reader.read(word, form: .text))
            return HypernetworkInput(ids: surfaceForm.sourceIDs, language: index)
        }
    }

    var meanLength: Double {
        let sample = given.isEmpty ? next(10_000) : given
        return Double(sample.sourceRows) / Double(sample.count)
    }

    func next(_ count: Int) -> [HypernetworkInput] {
        guard !given.isEmpty else { return (0..<count).map { _ in random() } }
        let start = position.add(count, ordering: .relaxed).oldValue
        return (start..<start + count).map { given[$0 % given.count] }
    }

    private func random() -> HypernetworkInput {
        var draw = Int.random(in: 0..<Self.lengths.reduce(0, +))
        let length = Self.lengths.firstIndex { share in
            draw -= share
            return draw < 0
        }
        return HypernetworkInput(
            ids: (0...min(length ?? 0, hypernetwork.configuration.maximumLength - 1)).map { _ in randomID() },
            language: language)
    }

    /// Few pieces are in many words and many in few, as Zipf's law has it: the logarithm of their rank is uniform.
    private func randomID() -> Int32 {
        let configuration = hypernetwork.configuration
        let rank = Double(configuration.baseVocabularySize - 1)
        let id = Int32(pow(rank, Double.random(in: 0...1)))
        return id == Int32(configuration.paddingID) ? id + 1 : id
    }
}
