import Foundation

/// The model that comes with the binary: all-MiniLM-L6-v2's token embeddings and a hypernetwork trained for them.
public enum DefaultModel {
    /// The folder with `base` and `hypernetwork`: in the resource folder beside the running executable, where
    /// `swift build` puts it and an installation keeps it.
    ///
    /// - Throws: `DefaultModelError` with the places that were looked at.
    public static func folder() throws(DefaultModelError) -> String {
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let directories = [executable.deletingLastPathComponent(), Bundle.main.bundleURL]
        let candidates = directories.map { $0.appendingPathComponent("hyperembed_Generation.resources/minilm").path }
        for candidate in candidates where FileManager.default.fileExists(atPath: candidate) { return candidate }
        throw DefaultModelError(lookedIn: candidates)
    }
}

/// The embedded model is not where the executable expects it.
public struct DefaultModelError: Error, Sendable, CustomStringConvertible {
    public let lookedIn: [String]

    public var description: String {
        "the default model is missing: looked for \(lookedIn.joined(separator: " and "))."
            + " Keep hyperembed_Generation.resources beside the executable, or name a model with --base and --hypernetwork."
    }
}
