import Foundation

/// A configuration file in a folder of its own for the time of a test.
final class TemporaryConfiguration {
    let folder: String
    var path: String { folder + "/h.yaml" }

    convenience init(_ text: String) throws { try self.init(Data(text.utf8)) }

    init(_ bytes: Data) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}
