import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// `nio-peer PORT`
///
/// NIO as its documentation shows it: the HTTP pipeline with what it has switched on by itself (answers in the order of their
/// requests, an answer to what cannot be parsed, header fields checked), and one handler that answers.
@main
struct NIOPeer {
    static func main() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(Handler())
                }
            }
            .bind(host: "127.0.0.1", port: Int(CommandLine.arguments[1])!).wait()
        try channel.closeFuture.wait()
    }
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let short = ByteBuffer(string: "Hello, world!")
    private static let long = ByteBuffer(repeating: UInt8(ascii: "x"), count: 8192)

    private var head: HTTPRequestHead?
    private var date = CachedDate()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return context.close(promise: nil) }
            switch (head.method, head.uri) {
            case (.GET, "/short"): answer(head, Self.short, context)
            case (.POST, "/echo"): answer(head, Self.long, context)
            default: context.close(promise: nil)
            }
        }
    }

    private func answer(_ request: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        let fields: HTTPHeaders = [
            "Date": date.text, "Server": "nio", "Content-Type": "text/plain", "Content-Length": String(body.readableBytes),
        ]
        context.write(
            Self.wrapOutboundOut(.head(HTTPResponseHead(version: request.version, status: .ok, headers: fields))), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.write(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
}

/// The Date field, made once a second.
private struct CachedDate {
    private var second: time_t = 0
    private var current = ""

    var text: String {
        mutating get {
            let now = time(nil)
            if now != second {
                second = now
                var parts = tm()
                var moment = now
                gmtime_r(&moment, &parts)
                var characters = [CChar](repeating: 0, count: 40)
                let count = strftime(&characters, characters.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
                current = String(decoding: characters[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
            }
            return current
        }
    }
}
