import ArgumentParser
import CLinux
import Dispatch
import EmbeddingAPI
import Foundation
import Generation
import HTTPServer
import Logging

/// Runs the service until SIGTERM or SIGINT.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Answer requests for embeddings over HTTP.")

    @OptionGroup(title: "Server") var options: ServerOptions

    @OptionGroup(title: "TLS") var tls: TLSOptions

    @OptionGroup(title: "Engine") var engine: EngineOptions

    @OptionGroup(title: "Model") var model: ModelOptions

    @OptionGroup(title: "Log") var log: LogOptions

    func run() throws {
        let logger = log.logger
        do {
            try serve(logger)
        } catch {
            logger.critical("\(error)")
            throw ExitCode.failure
        }
    }

    private func serve(_ logger: Logger) throws -> Never {
        raiseDescriptorLimit()
        let metrics = ServiceMetrics()
        let service = EmbeddingService(
            engine: GenerationEngine(engine.configuration), metrics: metrics, logsTokens: log.logTokens)
        var router = service.router
        service.addMetrics(to: &router)
        var configuration = options.configuration
        configuration.limits.bodyBytesByPath = EmbeddingService.bodyBytesByPath
        let listener = metrics.listener("service", router)
        var observers: [any HTTPServerObserver] = [listener]
        if let format = options.accessLog { observers.append(AccessLog(format: format, descriptor: STDOUT_FILENO)) }
        let server = HTTPServer(configuration: configuration, handler: router, observers: observers)
        listener.watch(server)
        let shutdown = Shutdown(service: service, server: server, lameDuck: .seconds(options.lameDuck), logger: logger)
        for signal in [SIGTERM, SIGINT] { shutdown.begin(on: signal) }

        let credentials = try tls.load()
        // Whoever asks a service in the clear to reload does not want it to end.
        signal(SIGHUP, SIG_IGN)
        if let credentials { Reload(credentials, logger).begin() }
        for address in try listen(server, credentials) { announce("listening on \(address)") }
        let clock = ContinuousClock()
        let start = clock.now
        let loaded = try model.load(cacheBytes: engine.cacheBytes)
        // What reading the tokenizers took, the allocator would keep for ever.
        clinux_trim_heap()
        HeapTrimming.begin()
        service.install([loaded])
        let seconds = String(format: "%.2f", start.duration(to: clock.now) / .seconds(1))
        logger.info("model \(loaded.name) ready in \(seconds) s", metadata: ["digest": "\(loaded.digest)"])
        Systemd.notify(.ready)
        dispatchMain()
    }

    /// On the sockets that systemd has opened, or else on the address of the options; returns what to tell people.
    private func listen(_ server: HTTPServer, _ credentials: TLSCredentials?) throws -> [String] {
        let descriptors = Systemd.takeListeningDescriptors()
        let addresses =
            descriptors.isEmpty
            ? [try server.listen(on: options.address, credentials: credentials)]
            : try descriptors.map { try server.listen(onDescriptor: $0, credentials: credentials) }
        let scheme = credentials == nil ? "http" : "https"
        return addresses.map { address in
            if case .tcp = address { "\(scheme)://\(address)" } else { "\(address)" }
        }
    }

    /// Writes a line past the standard library's buffer: whoever reads the port from a pipe needs it now.
    private func announce(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    /// Every connection is a descriptor: a shell's usual 1,024 would be the limit long before `--max-connections`.
    private func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
