import ArgumentParser
import Dispatch
import EmbeddingAPI
import Foundation
import Generation
import HTTPServer
import Logging
import Synchronization

/// Runs the service until SIGTERM or SIGINT.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Answer requests for embeddings over HTTP.")

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 for any free one, which is printed.")
    var port = 8080

    @OptionGroup var model: ModelOptions

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535.") }
    }

    func run() throws {
        let service = EmbeddingService(engine: GenerationEngine())
        let server = HTTPServer(
            configuration: .init(), logger: Logger(label: "hyperembed"), handler: service.router)
        for signal in [SIGTERM, SIGINT] { stop(on: signal, service, server) }

        let address = try server.listen(host: host, port: port)
        announce("listening on http://\(address)")
        let clock = ContinuousClock()
        let start = clock.now
        let loaded = try model.load()
        service.install([loaded])
        announce("model \(loaded.name) ready after \(start.duration(to: clock.now)): \(loaded.digest)")

        dispatchMain()
    }

    /// Writes a line past the standard library's buffer: whoever reads the port from a pipe needs it now.
    private func announce(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}

/// Ends the service on a signal: readiness turns 503, running requests are answered, the process exits with 0. A second
/// signal ends it at once.
private func stop(on signal: Int32, _ service: EmbeddingService, _ server: HTTPServer) {
    Foundation.signal(signal, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
    let isStopping = Atomic(false)
    source.setEventHandler {
        // The handler holds its source, which nothing else does: it listens as long as the process lives.
        _ = source
        guard !isStopping.exchange(true, ordering: .relaxed) else { exit(1) }
        service.drain()
        Task {
            let isComplete = await server.shutdown()
            exit(isComplete ? 0 : 1)
        }
    }
    source.activate()
}
