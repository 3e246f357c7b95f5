import Dispatch
import HTTPServer
import Logging

/// `hyperembed-peer PORT`
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
        let server = HTTPServer(
            configuration: configuration, logger: Logger(label: "hyperembed-peer"), handler: router)
        _ = try server.listen(host: "127.0.0.1", port: Int(CommandLine.arguments[1])!)
        dispatchMain()
    }

    private static func text(_ body: [UInt8]) throws -> HTTPResponse {
        var response = HTTPResponse(body: body)
        try response.fields.append("Content-Type", "text/plain")
        return response
    }
}
