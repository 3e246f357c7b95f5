import Foundation

/// A file that is written under a name of its own beside its destination and takes that place in one step when it is complete.
/// One that is given up is removed.
public final class DraftFile {
    /// Where to write; nothing is there yet.
    public let path: String
    private let destination: String

    public init(for destination: String) {
        self.destination = destination
        path = "\(destination).partial-\(UUID().uuidString)"
    }

    deinit { unlink(path) }

    /// Puts the file in the place of what is at the destination.
    ///
    /// - Throws: `TensorFileError.unwritable`.
    public func publish() throws(TensorFileError) {
        guard rename(path, destination) == 0 else {
            throw .unwritable(file: destination, reason: String(cString: strerror(errno)))
        }
    }
}
