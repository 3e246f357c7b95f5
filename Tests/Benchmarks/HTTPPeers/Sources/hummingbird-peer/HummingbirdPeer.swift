import Hummingbird
import NIOCore
import NIOPosix

/// `hummingbird-peer PORT`
@main
struct HummingbirdPeer {
    static func main() async throws {
        let short = ByteBuffer(string: "Hello, world!")
        let long = ByteBuffer(repeating: UInt8(ascii: "x"), count: 8192)
        let router = Router()
        router.get("/short") { _, _ in text(short) }
        router.post("/echo") { request, _ in
            _ = try await request.body.collect(upTo: 1 << 20)
            return text(long)
        }

        let application = Application(
            router: router,
            configuration: .init(
                address: .hostname("127.0.0.1", port: Int(CommandLine.arguments[1])!), serverName: "hummingbird",
                backlog: 4096),
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)))
        try await application.runService()
    }

    private static func text(_ body: ByteBuffer) -> Response {
        Response(status: .ok, headers: [.contentType: "text/plain"], body: .init(byteBuffer: body))
    }
}
