import CKernels
import Testing

/// A half-precision format, by its definition.
struct HalfFormat: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let fractionBits: Int
    let bias: Int
    let widen: @Sendable (Kernels, [UInt16]) -> [Float]
    let narrow: @Sendable (Kernels, [Float]) -> [UInt16]

    static let f16 = HalfFormat(
        testDescription: "float16", fractionBits: 10, bias: 15,
        widen: { convert($1, $0.set.pointee.widen_f16) }, narrow: { convert($1, $0.set.pointee.narrow_f16) })

    static let bf16 = HalfFormat(
        testDescription: "bfloat16", fractionBits: 7, bias: 127,
        widen: { convert($1, $0.set.pointee.widen_bf16) }, narrow: { convert($1, $0.set.pointee.narrow_bf16) })

    private static func convert<From, To>(
        _ x: [From], _ kernel: (Int, UnsafePointer<From>, UnsafeMutablePointer<To>) -> Void
    ) -> [To] {
        [To](unsafeUninitializedCapacity: x.count) { y, count in
            kernel(x.count, x, y.baseAddress!)
            count = x.count
        }
    }

    /// The bits of +infinity.
    var infinity: UInt16 { 0x8000 - (1 << fractionBits) }

    /// The number of a finite pattern; one past the largest, what the next exponent would begin with.
    func value(_ pattern: UInt16) -> Float {
        let magnitude = Int(pattern & 0x7FFF)
        let exponent = magnitude >> fractionBits
        let fraction = magnitude & (1 << fractionBits - 1)
        let whole = exponent == 0 ? fraction : fraction + 1 << fractionBits
        let number = Double(sign: .plus, exponent: max(exponent, 1) - bias - fractionBits, significand: Double(whole))
        return Float(pattern < 0x8000 ? number : -number)
    }
}
