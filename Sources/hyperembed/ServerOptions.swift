import ArgumentParser
import Foundation
import HTTPServer

extension AccessLog.Format: ExpressibleByArgument {}

/// Where and how `serve` listens.
struct ServerOptions: ParsableArguments {
    @Option(help: "Address to listen on; :: takes IPv4 and IPv6.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 for any free one, which is printed.")
    var port = 8080

    @Option(help: ArgumentHelp("Listen on this Unix-domain socket instead.", valueName: "path"))
    var unixSocket: String?

    @Option(help: ArgumentHelp("Connections at once; more are answered with 503.", valueName: "n"))
    var maxConnections = 16_384

    @Option(help: ArgumentHelp("Connections at once from one address; not limited by default.", valueName: "n"))
    var maxConnectionsPerAddress: Int?

    @Option(help: ArgumentHelp("How long a connection may wait for its next request.", valueName: "seconds"))
    var idleTimeout = 75.0

    @Option(
        help: ArgumentHelp(
            "After SIGTERM: how long /readyz says 503 while requests are still taken, so that load balancers notice.",
            valueName: "seconds"))
    var lameDuck = 5.0

    @Option(help: ArgumentHelp("After that: how long to wait for requests that are under way.", valueName: "seconds"))
    var drainTimeout = 30.0

    @Option(help: ArgumentHelp("How hard to compress answers, 1 to 9; 0 for not at all.", valueName: "level"))
    var compressionLevel = 1

    @Option(help: ArgumentHelp("Write a line for every request to standard output: json or text.", valueName: "format"))
    var accessLog: AccessLog.Format?

    @Option(
        help: ArgumentHelp(
            "Answer only who has one of these keys: lines as hash-key prints them. By default anybody may ask.", valueName: "file"))
    var keysFile: String?

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535.") }
        guard maxConnections > 0 else { throw ValidationError("--max-connections takes a number from 1.") }
        guard maxConnectionsPerAddress ?? 1 > 0 else {
            throw ValidationError("--max-connections-per-address takes a number from 1.")
        }
        guard (0...9).contains(compressionLevel) else { throw ValidationError("--compression-level takes a number from 0 to 9.") }
        for (name, seconds) in [("idle-timeout", idleTimeout), ("lame-duck", lameDuck), ("drain-timeout", drainTimeout)] {
            guard (0...86_400).contains(seconds) else { throw ValidationError("--\(name) takes seconds from 0 to a day.") }
        }
    }

    var address: SocketAddress { unixSocket.map { .unix(path: $0) } ?? .tcp(host: host, port: port) }

    var configuration: HTTPServer.Configuration {
        var configuration = HTTPServer.Configuration()
        configuration.maximumConnections = maxConnections
        configuration.maximumConnectionsPerAddress = maxConnectionsPerAddress
        configuration.compression?.level = compressionLevel
        if compressionLevel == 0 { configuration.compression = nil }
        configuration.timeouts.idle = .seconds(idleTimeout)
        configuration.drainTimeout = .seconds(drainTimeout)
        return configuration
    }
}
