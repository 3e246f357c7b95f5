#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Memory that kernels run through: it starts at a cache line, and a large piece lies in huge pages where the system has them.
///
/// A tile of the matrix kernel touches a dozen rows far apart, and few rows read the weights as fast as memory gives them. With
/// pages of 4 kB both wait for address translation: huge ones are worth 3 % at width 768, 5 to 15 % at width 4,096.
enum KernelMemory {
    private static let cacheLine = 64
    private static let hugePage = 2 << 20

    /// The caller deallocates it.
    static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        guard byteCount >= hugePage else { return .allocate(byteCount: max(byteCount, 1), alignment: cacheLine) }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
        #if os(Linux)
            // Advice alone: a system without huge pages goes on with its usual ones.
            madvise(memory, byteCount / hugePage * hugePage, MADV_HUGEPAGE)
        #endif
        return memory
    }
}
