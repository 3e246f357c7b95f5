import ArgumentParser
import Generation

/// How the service shares out its processors and memory.
struct EngineOptions: ParsableArguments {
    @Option(help: "Threads that compute; by default as many as the machine or the control group grants.")
    var workers: Int?

    @Option(help: "Memory for finished rows of each model, in megabytes; 0 keeps none.")
    var cacheMegabytes = RowGenerator.defaultCacheBytes >> 20

    @Option(help: "Source pieces that may wait at once, in each priority; requests beyond that get 429.")
    var queueRows = GenerationEngine.Configuration().waitingRows

    func validate() throws {
        guard workers ?? 1 > 0 else { throw ValidationError("--workers must be 1 or more.") }
        guard (0...1 << 20).contains(cacheMegabytes) else { throw ValidationError("--cache-megabytes must be 0 to 1048576.") }
        guard queueRows > 0 else { throw ValidationError("--queue-rows must be 1 or more.") }
    }

    var cacheBytes: Int { cacheMegabytes << 20 }

    var configuration: GenerationEngine.Configuration {
        var configuration = GenerationEngine.Configuration()
        if let workers { configuration.workers = workers }
        configuration.waitingRows = queueRows
        return configuration
    }
}
