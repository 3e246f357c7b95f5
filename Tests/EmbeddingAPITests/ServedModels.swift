import Foundation
import Generation

@testable import EmbeddingAPI

extension ModelCatalog {
    /// A catalog of given models.
    convenience init(serving models: [EmbeddingModel]) {
        self.init(serving: models.map { ServedModel(ModelSettings(name: $0.name), $0, since: .now) })
    }
}

/// Copies of the default model that a test may change, in a folder that is removed with them.
///
/// What is served is the link `current`; rows of the two versions differ in their last number.
final class ModelVersions {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path

    init() throws {
        let model = try DefaultModel.folder()
        for version in ["first", "second"] {
            try FileManager.default.createDirectory(atPath: path + "/" + version, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: model + "/hypernetwork", toPath: hypernetwork(version))
            try FileManager.default.createSymbolicLink(
                atPath: path + "/" + version + "/base", withDestinationPath: model + "/base")
        }
        let weights = URL(fileURLWithPath: hypernetwork("second") + "/model.safetensors")
        var bytes = try Data(contentsOf: weights)
        bytes[bytes.count - 1] ^= 0x80
        try bytes.write(to: weights)
        try use("first")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func hypernetwork(_ version: String) -> String { path + "/" + version + "/hypernetwork" }

    /// Puts a version in the place of the one that is served, by renaming.
    func use(_ version: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path + "/next", withDestinationPath: version)
        guard rename(path + "/next", path + "/current") == 0 else { throw POSIXError(.EIO) }
    }

    func settings(_ name: String) -> ModelSettings {
        var settings = ModelSettings(name: name)
        settings.base = path + "/current/base"
        settings.hypernetwork = hypernetwork("current")
        settings.cacheBytes = 1 << 20
        return settings
    }
}
