import Foundation

/// A folder for the files of a test, which is removed with everything in it.
final class Scratch {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A path in the folder that nothing has yet.
    func newPath() -> String { folder + "/" + UUID().uuidString }
}
