import Foundation
import HTTPServer

/// `hyperembed-peer PORT`, with all that a service has switched on: limits, time-outs, statistics, and a log line for every
/// request, which goes to /dev/null.
@main
struct HyperembedPeer {
    static func main() throws {
        let short = try text(Array("Hello, world!".utf8))
        let long = try text(Array(repeating: UInt8(ascii: "x"), count: 8192))
        var router = Router()
        router.get("/short") { _, exchange in exchange.respond(short) }
        router.post("/echo") { _, exchange in exchange.respond(long) }

        var configuration = HTTPServer.Configuration()
        configuration.loops = 1
        let log = AccessLog(format: .json, descriptor: open("/dev/null", O_WRONLY))
        let server = HTTPServer(configuration: configuration, handler: router, observers: [log])
        _ = try server.listen(on: .tcp(host: "127.0.0.1", port: Int(CommandLine.arguments[1])!))
        dispatchMain()
    }

    private static func text(_ body: [UInt8]) throws -> HTTPResponse {
        var response = HTTPResponse(body: body)
        try response.fields.append("Content-Type", "text/plain")
        return response
    }
}
