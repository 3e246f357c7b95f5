import CKernels

/// One instruction set's compute kernels.
public struct Kernels: @unchecked Sendable {
    // Points to a constant of the C target: never written, never freed.
    let pointer: UnsafePointer<ck_kernels>

    /// The fastest set that this processor supports.
    public static let best = Kernels(pointer: ck_best())

    var table: ck_kernels { pointer.pointee }

    /// The instruction set, such as "avx512".
    public var name: String { String(cString: table.name) }

    /// The same for sets that compute the same bits: all that fuse a multiplication and its addition do.
    public var rounding: String { name == "portable" ? "twice" : "fused" }

    /// Runs register-only fused multiply-adds and returns how many floating-point operations they were, so that a caller
    /// who times it learns the peak of the core it runs on.
    public func fusedMultiplyAddBurst(iterations: Int) -> Double { table.fma_burst(iterations) }
}
