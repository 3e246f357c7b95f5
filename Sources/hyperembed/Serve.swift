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

    @Option(
        help: ArgumentHelp(
            "Read settings from this YAML file; by default from the one that HYPEREMBED_CONFIG names.", valueName: "file"))
    var config: String?

    @Flag(help: "Print the settings that hold, each with where it comes from, as a configuration file, and end.")
    var checkConfig = false

    @OptionGroup(title: "Server") var server: ServerFlags

    @OptionGroup(title: "Operation") var operation: OperationFlags

    @OptionGroup(title: "TLS") var tls: TLSFlags

    @OptionGroup(title: "Engine") var engine: EngineFlags

    @OptionGroup(title: "Model") var model: ModelFlags

    func run() throws {
        let effective = try effectiveSettings()
        if checkConfig { return print(effective.yaml, terminator: "") }
        let settings = effective.settings
        let logger = ServiceLogHandler.logger(settings.log, descriptor: STDERR_FILENO)
        do {
            try serve(settings, logger)
        } catch {
            for message in messages(of: error) { logger.critical("\(message)") }
            throw ExitCode.failure
        }
    }

    private func serve(_ settings: ServiceSettings, _ logger: Logger) throws -> Never {
        raiseDescriptorLimit()
        let metrics = ServiceMetrics()
        let keys = try settings.keys.file.map { try APIKeys(file: $0) }
        let catalog = ModelCatalog(settings.models, logger: logger)
        let service = EmbeddingService(
            engine: GenerationEngine(settings.engineConfiguration), catalog: catalog, metrics: metrics,
            keys: keys, logsTokens: settings.log.tokens)
        var router = service.router
        if settings.page.isEnabled { service.addPage(to: &router) }
        if settings.metrics.listener != .admin { service.addMetrics(to: &router) }
        let listener = metrics.listener("service", router)
        let accessLog = settings.requestLogFormat.map { [AccessLog(format: $0, descriptor: STDOUT_FILENO)] } ?? []
        let server = HTTPServer(configuration: settings.serverConfiguration, handler: router, observers: [listener] + accessLog)
        listener.watch(server)
        let shutdown = Shutdown(service: service, server: server, lameDuck: settings.server.lameDuck, logger: logger)
        for signal in [SIGTERM, SIGINT] { shutdown.begin(on: signal) }

        let credentials = try settings.tlsConfiguration.map { try TLSCredentials($0) }
        // Whoever asks a service to reload does not want it to end.
        signal(SIGHUP, SIG_IGN)
        Reload(catalog, credentials, keys, logger).begin()
        for address in try listen(server, on: settings.address, credentials) { announce("listening on \(address)") }
        var adminRouter = service.adminRouter
        if settings.metrics.listener != .service { service.addMetrics(to: &adminRouter) }
        let admin = try settings.adminAddress.map { try listen(adminRouter, on: $0, metrics, accessLog) }
        try load(catalog, logger)
        Systemd.notify(.ready)
        withExtendedLifetime(admin) { dispatchMain() }
    }

    /// By itself, as what `serve` holds it holds for ever: models have to make way for new ones.
    private func load(_ catalog: ModelCatalog, _ logger: Logger) throws {
        for model in try catalog.load() { StartUpReport(model).log(to: logger) }
        // What reading the tokenizers took, the allocator would keep for ever.
        clinux_trim_heap()
        HeapTrimming.begin()
    }

    /// A second server, in the clear, for few who are near.
    private func listen(
        _ router: Router, on address: SocketAddress, _ metrics: ServiceMetrics, _ accessLog: [AccessLog]
    ) throws -> HTTPServer {
        var configuration = HTTPServer.Configuration()
        configuration.loops = 1
        configuration.maximumConnections = 64
        let listener = metrics.listener("admin", router)
        let server = HTTPServer(configuration: configuration, handler: router, observers: [listener] + accessLog)
        listener.watch(server)
        announce("admin listener on http://\(try server.listen(on: address))")
        return server
    }

    private func effectiveSettings() throws -> EffectiveSettings {
        let groups: [any SettingFlags] = [server, operation, tls, engine, model]
        let flags = groups.flatMap(\.given).map { ($0.name, $0.text) }
        do {
            return try EffectiveSettings(
                flags: Dictionary(flags) { $1 }, environment: ProcessInfo.processInfo.environment, file: config)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw ExitCode.validationFailure
        }
    }

    /// On the sockets that systemd has opened, or else on the address of the settings; returns what to tell people.
    private func listen(_ server: HTTPServer, on address: SocketAddress, _ credentials: TLSCredentials?) throws -> [String] {
        let descriptors = Systemd.takeListeningDescriptors()
        let addresses =
            descriptors.isEmpty
            ? [try server.listen(on: address, credentials: credentials)]
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
