#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A temporary file without a name, for what is made before its turn: the system frees it with its last user, however that one ends.
public final class SpoolFile: Sendable {
    private let folder: String
    private let descriptor: Int32

    /// Creates it in the folder that `TMPDIR` names, or in `/tmp`.
    ///
    /// - Throws: `TensorFileError.unwritable`.
    public init() throws(TensorFileError) {
        folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/hyperembed-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.unwritable(folder) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
    }

    deinit { close(descriptor) }

    /// Puts `bytes` at `offset`.
    ///
    /// - Throws: `TensorFileError.unwritable`, for one when the disk is full.
    public func write(_ bytes: [UInt8], at offset: Int) throws(TensorFileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                return pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
            }
            guard count > 0 || errno == EINTR else { throw Self.unwritable(folder) }
            written += max(count, 0)
        }
    }

    /// Bytes that were written before.
    ///
    /// - Throws: `TensorFileError.unreadable`.
    public func read(_ range: Range<Int>) throws(TensorFileError) -> [UInt8] {
        var failure: TensorFileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
                let read = pread(descriptor, rest.baseAddress, range.count - count, off_t(range.lowerBound + count))
                guard read > 0 || read < 0 && errno == EINTR else {
                    let reason = read == 0 ? "the file is too short" : String(cString: strerror(errno))
                    failure = .unreadable(file: "a temporary file in \(folder)", reason: reason)
                    return
                }
                count += max(read, 0)
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private static func unwritable(_ folder: String) -> TensorFileError {
        .unwritable(file: "a temporary file in \(folder)", reason: String(cString: strerror(errno)))
    }
}
