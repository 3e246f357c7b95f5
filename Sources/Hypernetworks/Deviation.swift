/// How far computed rows are from the expected ones of a golden case.
public struct Deviation: Sendable, Equatable {
    /// Which rows, such as "input" or "bias".
    public let tensor: String
    /// Largest absolute difference of two elements. Infinite when rows are missing or not finite.
    public let absolute: Float
    /// Largest ratio of a row's distance to the expected row's norm.
    public let relative: Float

    /// Compares rows of `width` elements, one behind the other.
    init(_ tensor: String, of found: [Float], from expected: [Float], width: Int) {
        self.tensor = tensor
        guard found.count == expected.count, found.allSatisfy(\.isFinite) else {
            absolute = .infinity
            relative = .infinity
            return
        }
        var largestDifference: Float = 0
        var largestRatio: Float = 0
        for start in stride(from: 0, to: expected.count, by: max(width, 1)) {
            var distance: Float = 0
            var norm: Float = 0
            for index in start..<start + width {
                let difference = (found[index] - expected[index]).magnitude
                largestDifference = max(largestDifference, difference)
                distance += difference * difference
                norm += expected[index] * expected[index]
            }
            largestRatio = max(largestRatio, norm > 0 ? (distance / norm).squareRoot() : distance.squareRoot())
        }
        absolute = largestDifference
        relative = largestRatio
    }
}
