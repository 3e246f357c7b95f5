import CKernels
import Testing

@Suite struct DispatchTests {
    @Test func portableIsAlwaysThere() {
        #expect(ck_find(CK_ISA_PORTABLE) != nil)
    }

    @Test func bestIsOneOfThoseFoundAndStaysTheSame() {
        let best = ck_best()
        #expect(best == ck_find(best.pointee.isa))
        #expect(best == ck_best())
    }

    @Test func noProcessorHasBothNEONAndAVX() {
        #expect(ck_find(CK_ISA_NEON) == nil || ck_find(CK_ISA_AVX2) == nil)
    }

    @Test(arguments: Kernels.all)
    func foundSetsAreWhatTheySay(_ kernels: Kernels) {
        #expect(kernels.set.pointee.isa == kernels.isa)
        #expect(kernels.set.pointee.fma_burst(10) > 0)
        // Reads no further than it is told: the address sanitizer would see it.
        for bytes in [0, 4, 255, 1000] { kernels.set.pointee.read_burst(bytes, Array(repeating: UInt8(0), count: bytes)) }
    }

    @Test(arguments: Kernels.all)
    func packedOperandsAreWholePanels(_ kernels: Kernels) {
        let width = kernels.set.pointee.panel_width
        for (format, bytes) in [(CK_FORMAT_FLOAT32, 4), (CK_FORMAT_FLOAT16, 2), (CK_FORMAT_BFLOAT16, 2)] {
            #expect(ck_packed_bytes(kernels.set, format, 0, 5) == 0)
            #expect(ck_packed_bytes(kernels.set, format, 1, 5) == width * 5 * bytes)
            #expect(ck_packed_bytes(kernels.set, format, width, 5) == width * 5 * bytes)
            #expect(ck_packed_bytes(kernels.set, format, width + 1, 5) == 2 * width * 5 * bytes)
        }
    }
}
