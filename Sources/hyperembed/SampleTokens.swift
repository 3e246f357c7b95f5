import Hypernetworks

/// Tokens of every length that a hypernetwork reads, made of ids that it knows: the same in every run.
struct SampleTokens {
    private var generator = SplitMix64(state: 0)

    /// None for a base vocabulary that has nothing but padding.
    mutating func draw(_ count: Int, for hypernetwork: Hypernetwork) -> [HypernetworkInput] {
        switch hypernetwork {
        case .zett(let network):
            let configuration = network.configuration
            let ids = (0..<configuration.baseVocabularySize).filter { $0 != configuration.paddingID }
            return draw(count, of: ids, upTo: configuration.maximumLength, languages: configuration.languages)
        case .hyperOFA(let network):
            let configuration = network.configuration
            return draw(count, of: Array(0..<configuration.wordCount), upTo: configuration.maximumWords, languages: nil)
        }
    }

    private mutating func draw(_ count: Int, of ids: [Int], upTo maximumLength: Int, languages: Int?) -> [HypernetworkInput] {
        guard !ids.isEmpty else { return [] }
        return (0..<count).map { _ in
            let length = Int.random(in: 1...maximumLength, using: &generator)
            return HypernetworkInput(
                ids: (0..<length).map { _ in Int32(ids[Int.random(in: ids.indices, using: &generator)]) },
                language: languages.map { Int.random(in: 0..<$0, using: &generator) })
        }
    }
}

/// Steele, Lea and Flood's generator: the system's own is seeded anew in every process.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
