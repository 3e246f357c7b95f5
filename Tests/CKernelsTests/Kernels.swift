import CKernels
import Testing

/// The kernels of one instruction set that this machine can run, named for the test report.
struct Kernels: CustomTestStringConvertible, Sendable {
    let isa: ck_isa

    var set: UnsafePointer<ck_kernels> { ck_find(isa)! }
    var testDescription: String { String(cString: set.pointee.name) }

    static let all = [CK_ISA_PORTABLE, CK_ISA_NEON, CK_ISA_AVX2, CK_ISA_AVX512]
        .filter { ck_find($0) != nil }
        .map(Kernels.init)
}
