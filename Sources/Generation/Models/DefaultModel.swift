import Foundation

/// The model that comes with the binary: all-MiniLM-L6-v2's token embeddings and a hypernetwork trained for them.
public enum DefaultModel {
    /// The folder with `base` and `hypernetwork`: in the resource folder beside the running executable, where
    /// `swift build` puts it and an installation keeps it.
    ///
    /// - Throws: `DefaultModelError` with the place that was looked at.
    public static func folder() throws(DefaultModelError) -> String {
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let folder = executable.deletingLastPathComponent().appendingPathComponent("hyperembed_Generation.resources/minilm").path
        guard FileManager.default.fileExists(atPath: folder) else { throw DefaultModelError(lookedIn: folder) }
        return folder
    }
}

/// The embedded model is not where the executable expects it.
public struct DefaultModelError: Error, Sendable, CustomStringConvertible {
    public let lookedIn: String

    public var description: String {
        "the default model is missing: looked for \(lookedIn)."
            + " Keep hyperembed_Generation.resources beside the executable, or name a model with --base and --hypernetwork."
    }
}
