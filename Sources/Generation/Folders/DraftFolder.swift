import Foundation

/// A folder that is filled under a hidden name beside its destination and takes that place in one step when it is complete. One
/// that is given up is removed.
final class DraftFolder {
    let path: String
    private let destination: String
    private var isPublished = false

    /// - Throws: `ModelFolderError.outputExists` unless there is nothing at `destination` or an empty folder; `.unwritable`.
    init(for destination: String) throws(ModelFolderError) {
        let url = URL(fileURLWithPath: destination)
        path = url.deletingLastPathComponent().appendingPathComponent(".\(url.lastPathComponent).draft-\(UUID().uuidString)").path
        self.destination = url.path
        if FileManager.default.fileExists(atPath: url.path) {
            guard let content = try? FileManager.default.contentsOfDirectory(atPath: url.path), content.isEmpty else {
                throw .outputExists(destination)
            }
        }
        try Self.writing(path) { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }
    }

    deinit {
        if !isPublished { try? FileManager.default.removeItem(atPath: path) }
    }

    func write(_ bytes: [UInt8], to name: String) throws(ModelFolderError) {
        let file = path + "/" + name
        try Self.writing(file) { try Data(bytes).write(to: URL(fileURLWithPath: file), options: .withoutOverwriting) }
    }

    /// Copies a file, or a folder with all that is in it and not hidden. Links are followed: caches of models are full of them.
    func copy(_ source: String, to name: String) throws(ModelFolderError) {
        try Self.writing(path + "/" + name) { try Self.copy(source, to: path + "/" + name) }
    }

    private static func copy(_ source: String, to destination: String) throws {
        let manager = FileManager.default
        let resolved = URL(fileURLWithPath: source).resolvingSymlinksInPath().path
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: resolved, isDirectory: &isFolder), isFolder.boolValue else {
            return try manager.copyItem(atPath: resolved, toPath: destination)
        }
        try manager.createDirectory(atPath: destination, withIntermediateDirectories: false)
        for name in try manager.contentsOfDirectory(atPath: resolved) where !name.hasPrefix(".") {
            try copy(resolved + "/" + name, to: destination + "/" + name)
        }
    }

    /// Brings everything to the disk, then renames the folder.
    ///
    /// - Throws: `ModelFolderError.outputExists` if something has come to the destination in the meantime; `.unwritable`.
    func publish() throws(ModelFolderError) {
        for name in FileManager.default.enumerator(atPath: path)?.compactMap({ $0 as? String }) ?? [] {
            try Self.synchronize(path + "/" + name)
        }
        try Self.synchronize(path)
        guard rename(path, destination) == 0 else {
            let reason = errno
            if reason == ENOTEMPTY || reason == EEXIST || reason == ENOTDIR { throw .outputExists(destination) }
            throw .unwritable(file: destination, reason: String(cString: strerror(reason)))
        }
        isPublished = true
        try Self.synchronize(URL(fileURLWithPath: destination).deletingLastPathComponent().path)
    }

    private static func synchronize(_ path: String) throws(ModelFolderError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unwritable(file: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unwritable(file: path, reason: String(cString: strerror(errno))) }
    }

    private static func writing(_ file: String, _ body: () throws -> Void) throws(ModelFolderError) {
        do {
            try body()
        } catch {
            throw .unwritable(file: file, reason: (error as NSError).localizedDescription)
        }
    }
}
