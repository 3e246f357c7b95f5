#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A new file of known length that is written in any order, from one thread.
public final class OutputFile {
    public let path: String
    private let descriptor: Int32

    /// - Throws: `TensorFileError.unwritable`, also when there is a file already.
    public init(path: String, byteCount: Int) throws(TensorFileError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unwritable(file: path, reason: String(cString: strerror(errno))) }
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw failure() }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Puts `bytes` at `offset`.
    ///
    /// - Throws: `TensorFileError.unwritable`: a full disk, for one.
    public func write(_ bytes: [UInt8], at offset: Int) throws(TensorFileError) {
        var failure: TensorFileError?
        bytes.withUnsafeBytes { buffer in
            do throws(TensorFileError) { try write(buffer, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// - Throws: `TensorFileError.unwritable`: a full disk, for one.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(TensorFileError) {
        var position = 0
        while position < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + position))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            position += count
        }
    }

    /// Returns when the bytes are on the disk.
    func synchronize() throws(TensorFileError) {
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    private func failure() -> TensorFileError { .unwritable(file: path, reason: String(cString: strerror(errno))) }
}
