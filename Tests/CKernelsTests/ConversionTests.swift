import CKernels
import Testing

@Suite struct ConversionTests {
    @Test(arguments: Kernels.all, [HalfFormat.f16, .bf16])
    func everyPatternWidensExactly(_ kernels: Kernels, _ format: HalfFormat) {
        let patterns = Array(UInt16.min...UInt16.max)
        let wide = format.widen(kernels, patterns)
        let wrong = zip(patterns, wide).filter { pattern, wide in
            let magnitude = pattern & 0x7FFF
            if magnitude > format.infinity { return !wide.isNaN }
            if magnitude == format.infinity { return wide != (pattern < 0x8000 ? .infinity : -.infinity) }
            return wide.bitPattern != format.value(pattern).bitPattern
        }
        #expect(wrong.isEmpty)
        // And back again.
        let narrow = zip(patterns, format.narrow(kernels, wide))
        #expect(narrow.allSatisfy { pattern, narrow in pattern & 0x7FFF > format.infinity || narrow == pattern })
    }

    /// Between any two neighbours: the middle goes to the even one, everything else to the nearer one.
    @Test(arguments: Kernels.all, [HalfFormat.f16, .bf16])
    func narrowingRoundsToTheNearestAndTiesToEven(_ kernels: Kernels, _ format: HalfFormat) {
        // The largest number's upper neighbour is where the next exponent would begin; a float32 cannot hold bfloat16's.
        let below = (0..<format.infinity).filter { format.value($0 + 1).isFinite }
        let middle = below.map { format.value($0) / 2 + format.value($0 + 1) / 2 }

        func wrong(_ numbers: [Float], _ expected: [UInt16]) -> Int {
            let negative = zip(format.narrow(kernels, numbers.map { -$0 }), expected).filter { $0.0 != $0.1 | 0x8000 }
            let positive = zip(format.narrow(kernels, numbers), expected).filter { $0.0 != $0.1 }
            return negative.count + positive.count
        }
        #expect(wrong(middle.map(\.nextDown), below) == 0)
        #expect(wrong(middle, below.map { $0 + $0 % 2 }) == 0)
        #expect(wrong(middle.map(\.nextUp), below.map { $0 + 1 }) == 0)
    }

    @Test(arguments: Kernels.all, [HalfFormat.f16, .bf16])
    func whatIsTooLargeBecomesInfinityAndNotANumberStays(_ kernels: Kernels, _ format: HalfFormat) {
        let large: [Float] = [.greatestFiniteMagnitude, .infinity]
        #expect(format.narrow(kernels, large) == [format.infinity, format.infinity])
        #expect(format.narrow(kernels, large.map { -$0 }) == [format.infinity | 0x8000, format.infinity | 0x8000])

        let payloads: [UInt32] = [0x7F80_0001, 0x7FBF_FFFF, 0x7FC0_0000, 0x7FFF_FFFF, 0xFF80_0001, 0xFFFF_FFFF]
        let narrow = format.narrow(kernels, payloads.map { Float(bitPattern: $0) })
        #expect(narrow.allSatisfy { $0 & 0x7FFF > format.infinity })
    }

    @Test(arguments: Kernels.all)
    func theBordersOfFloat16AreWhereTheyBelong(_ kernels: Kernels) {
        let x: [Float] = [65504, 65519.996, 65520, 65536, 0x1p-24, 0x1p-25, 0x1.000002p-25, 0x1p-26, 0x1p-149, 0, -0.0]
        let expected: [UInt16] = [0x7BFF, 0x7BFF, 0x7C00, 0x7C00, 1, 0, 1, 0, 0, 0, 0x8000]
        #expect(HalfFormat.f16.narrow(kernels, x) == expected)
    }

    @Test(arguments: Kernels.all, [HalfFormat.f16, .bf16])
    func positionDoesNotMatter(_ kernels: Kernels, _ format: HalfFormat) {
        var random = Random(seed: 12)
        let x = random.floats(200)
        let whole = format.narrow(kernels, x)
        let wide = format.widen(kernels, whole)
        for length in 0...40 {
            for start in [0, 1, 7, 150] {
                let part = start..<(start + length)
                #expect(format.narrow(kernels, Array(x[part])) == Array(whole[part]))
                #expect(bits(format.widen(kernels, Array(whole[part]))) == bits(Array(wide[part])))
            }
        }
    }
}
