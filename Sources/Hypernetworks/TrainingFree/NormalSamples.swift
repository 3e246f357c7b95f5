import Foundation

/// SplitMix64 (Steele, Lea and Flood 2014): the k-th number is a mix of seed + k · γ.
struct SplitMix64 {
    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mix(state)
    }

    /// The generator's finaliser, a bijection.
    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// Standard normal numbers of a seed, by Box and Muller's transform of pairs of uniform ones.
struct NormalSamples {
    private var uniform: SplitMix64
    private var second: Float?

    init(seed: UInt64) { uniform = SplitMix64(seed: seed) }

    mutating func next() -> Float {
        if let number = second {
            second = nil
            return number
        }
        // Of 53 bits each, the first in (0, 1] for its logarithm, the second in [0, 1).
        let radius = (-2 * log(Double((uniform.next() >> 11) + 1) * 0x1p-53)).squareRoot()
        let angle = 2 * Double.pi * (Double(uniform.next() >> 11) * 0x1p-53)
        second = Float(radius * sin(angle))
        return Float(radius * cos(angle))
    }
}
