/// The seed of one token within a request, so that its sample depends neither on the tokens around it nor on its position.
public enum TokenSeed {
    /// Mixes the request's seed with the token's bytes: SplitMix64's finaliser over the exclusive or of the 64-bit FNV-1a hash
    /// and the finalised request seed.
    public static func seed(_ seed: UInt64, token bytes: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return SplitMix64.mix(hash ^ SplitMix64.mix(seed))
    }
}
