import Foundation

/// How cosine similarities become weights: specs/methods.md, section 2.2.
public enum SimilarityWeighting: Sendable, Hashable {
    /// exp(similarity / temperature) of the nearest rows, normalised to sum 1: OFA and WECHSEL.
    case softmax(count: Int = 10, temperature: Float = 0.1)
    /// The point of the probability simplex that is nearest to the similarities of all rows, which leaves few rows a weight:
    /// FOCUS and CLP+ (Martins and Astudillo 2016, From Softmax to Sparsemax).
    case sparsemax
    /// The similarities of all rows divided by their sum, negative ones too: CLP. Rows can be refused, when the sum is next to
    /// 0.
    case proportional

    /// What the weightings are called.
    public enum Name: String, CaseIterable, Sendable {
        case softmax
        case sparsemax
        case proportional
    }

    public var name: Name {
        switch self {
        case .softmax: .softmax
        case .sparsemax: .sparsemax
        case .proportional: .proportional
        }
    }

    /// As OFA and WECHSEL have it.
    public static let nearestTen = softmax()

    /// - Throws: `AuxiliaryVectorError.invalidCount` or `.invalidTemperature`.
    public func check() throws(AuxiliaryVectorError) {
        guard case .softmax(let count, let temperature) = self else { return }
        guard count >= 1 else { throw .invalidCount(count) }
        guard temperature > 0, temperature.isFinite else { throw .invalidTemperature(temperature) }
    }

    /// exp((s − max s) / temperature), normalised to sum 1.
    ///
    /// - Parameter similarities: descending.
    static func softmax(_ similarities: [Float], temperature: Float) -> [Float] {
        let largest = Double(similarities.first ?? 0)
        let powers = similarities.map { exp((Double($0) - largest) / Double(temperature)) }
        let sum = powers.reduce(0, +)
        return powers.map { Float($0 / sum) }
    }

    /// The weights of as many leading similarities as get one.
    ///
    /// - Parameter similarities: descending. When as many weights come back, further similarities might have one too.
    static func sparsemax(_ similarities: [Float]) -> [Float] {
        var support = 0
        var sum = 0.0
        for similarity in similarities {
            let value = Double(similarity)
            guard 1 + Double(support + 1) * value > sum + value else { break }
            support += 1
            sum += value
        }
        let threshold = (sum - 1) / Double(max(support, 1))
        return similarities.prefix(support).map { Float(Double($0) - threshold) }
    }
}
