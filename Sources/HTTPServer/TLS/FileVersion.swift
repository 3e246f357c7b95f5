import Foundation

/// What tells one version of a file from another without a look inside.
public struct FileVersion: Equatable, Sendable {
    private let device: dev_t
    private let inode: ino_t
    private let size: off_t
    private let modified: [Int]

    /// The version that `path` leads to now, nil if nothing is there. Links are followed: Kubernetes replaces a link, and
    /// leaves the file.
    public init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = status.st_dev
        inode = status.st_ino
        size = status.st_size
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
}
