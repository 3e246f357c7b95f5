#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A whole file mapped read-only: its pages are the system's page cache, shared by every process that maps it.
///
/// The mapping is private to this object and never written, so handing it between threads is safe. A file that somebody
/// truncates while it is mapped raises SIGBUS, as with every memory-mapped loader; replace model files by renaming.
public final class MappedFile: @unchecked Sendable {
    public let path: String
    public let count: Int
    private let base: UnsafeRawPointer?

    /// - Throws: `TensorFileError.unreadable` when the file cannot be opened or mapped.
    public init(path: String) throws(TensorFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(file: path, reason: "not a regular file") }
        self.path = path
        count = Int(status.st_size)
        if count == 0 {
            base = nil  // mmap refuses a length of zero
        } else {
            let mapping = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
            guard let mapping, mapping != MAP_FAILED else {
                throw .unreadable(file: path, reason: String(cString: strerror(errno)))
            }
            base = UnsafeRawPointer(mapping)
        }
    }

    deinit {
        if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
    }

    /// A copy of the bytes in `range`, which must lie in the file.
    public func bytes(in range: Range<Int>) -> [UInt8] {
        withBytes(in: range) { Array($0) }
    }

    /// The bytes in `range`, which must lie in the file, for the time of the call.
    public func withBytes<Result, Failure: Error>(
        in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the mapped file")
        return try body(UnsafeRawBufferPointer(start: base.map { $0 + range.lowerBound }, count: range.count))
    }
}
