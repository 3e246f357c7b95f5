import ArgumentParser
import CLinux
import Dispatch
import EmbeddingAPI
import Foundation
import Generation
import HTTPServer

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
        raiseDescriptorLimit()
        let service = EmbeddingService(engine: GenerationEngine(settings.engineConfiguration))
        let server = HTTPServer(
            configuration: settings.serverConfiguration, handler: service.router,
            observer: settings.requestLogFormat.map { AccessLog(format: $0, descriptor: STDOUT_FILENO) })
        let shutdown = Shutdown(service: service, server: server, lameDuck: settings.server.lameDuck)
        for signal in [SIGTERM, SIGINT] { shutdown.begin(on: signal) }

        let credentials = try settings.tlsConfiguration.map { try TLSCredentials($0) }
        // Whoever asks a service in the clear to reload does not want it to end.
        signal(SIGHUP, SIG_IGN)
        if let credentials { Reload(credentials).begin() }
        for address in try listen(server, on: settings.address, credentials) { announce("listening on \(address)") }
        let clock = ContinuousClock()
        let start = clock.now
        let loaded = try settings.models.map(load)
        // What reading the tokenizers took, the allocator would keep for ever.
        clinux_trim_heap()
        HeapTrimming.begin()
        service.install(loaded)
        for model in loaded { announce("model \(model.name) ready after \(start.duration(to: clock.now)): \(model.digest)") }
        Systemd.notify(.ready)
        dispatchMain()
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

    private func load(_ settings: ModelSettings) throws -> EmbeddingModel {
        var options = ModelOptions()
        options.base = settings.base
        options.hypernetwork = settings.hypernetwork
        options.inputEmbeddings = settings.inputEmbeddings
        options.outputEmbeddings = settings.outputEmbeddings
        let (base, hypernetwork) = try options.folders()
        return try EmbeddingModel(
            name: settings.name, baseFolder: base, hypernetworkFolder: hypernetwork, layout: options.layout,
            weightFormat: settings.weights, cacheBytes: settings.cacheBytes)
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
