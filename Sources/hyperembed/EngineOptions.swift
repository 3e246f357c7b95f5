import ArgumentParser
import Generation

/// How a command shares out the machine's processors and memory.
struct EngineOptions: ParsableArguments {
    @Option(help: ArgumentHelp(settingOf: "workers"))
    var workers: Int?

    @Option(help: ArgumentHelp(settingOf: "cache-megabytes"))
    var cacheMegabytes = RowGenerator.defaultCacheBytes >> 20

    func validate() throws {
        guard workers ?? 1 > 0 else { throw ValidationError("--workers must be 1 or more.") }
        guard (0...1 << 20).contains(cacheMegabytes) else { throw ValidationError("--cache-megabytes must be 0 to 1048576.") }
    }

    var cacheBytes: Int { cacheMegabytes << 20 }

    var configuration: GenerationEngine.Configuration {
        var configuration = GenerationEngine.Configuration()
        if let workers { configuration.workers = workers }
        return configuration
    }
}
