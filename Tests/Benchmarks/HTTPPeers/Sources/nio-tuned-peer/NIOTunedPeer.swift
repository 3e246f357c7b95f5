import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// `nio-tuned-peer PORT`
///
/// NIO at its best: what every answer shares is boxed once, the pipeline holds no handler that the routes do not need, and what
/// one read brought is answered with one flush.
@main
struct NIOTunedPeer {
    static func main() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let answers = try loop.submit { NIOLoopBound(Answers(), eventLoop: loop) }.wait()
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in answers.value.renewDate() }

        let channel = try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Answers come at once, so pipelined requests are in order without assistance, and their fields are right
                    // without being checked.
                    var encoder = HTTPResponseEncoder.Configuration()
                    encoder.automaticallySetFramingHeaders = false
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                        withEncoderConfiguration: encoder)
                    try pipeline.addHandler(Handler(answers: answers.value))
                }
            }
            .bind(host: "127.0.0.1", port: Int(CommandLine.arguments[1])!).wait()
        try channel.closeFuture.wait()
    }
}

/// The parts of the answers, ready to be written.
private final class Answers {
    struct Answer {
        var head: NIOAny
        let body: NIOAny
        let length: Int

        init(_ body: ByteBuffer) {
            length = body.readableBytes
            head = Self.head(length)
            self.body = Handler.wrapOutboundOut(.body(.byteBuffer(body)))
        }

        mutating func renewDate() { head = Self.head(length) }

        private static func head(_ length: Int) -> NIOAny {
            let fields = [
                ("Date", formatter.string(from: Date())), ("Server", "nio"), ("Content-Type", "text/plain"),
                ("Content-Length", String(length)),
            ]
            return Handler.wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: HTTPHeaders(fields))))
        }

        private static let formatter: DateFormatter = {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(identifier: "GMT")
            formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            return formatter
        }()
    }

    var short = Answer(ByteBuffer(string: "Hello, world!"))
    var long = Answer(ByteBuffer(repeating: UInt8(ascii: "x"), count: 8192))
    let end = Handler.wrapOutboundOut(.end(nil))

    func renewDate() {
        short.renewDate()
        long.renewDate()
    }
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Route { case short, echo, unknown }

    private let answers: Answers
    private var route = Route.unknown
    private var keepsAlive = true

    init(answers: Answers) { self.answers = answers }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            keepsAlive = head.isKeepAlive
            route =
                switch (head.method, head.uri) {
                case (.GET, "/short"): .short
                case (.POST, "/echo"): .echo
                default: .unknown
                }
        case .body:
            break
        case .end:
            switch route {
            case .short: answer(answers.short, context)
            case .echo: answer(answers.long, context)
            case .unknown: context.close(promise: nil)
            }
        }
    }

    private func answer(_ answer: Answers.Answer, _ context: ChannelHandlerContext) {
        context.write(answer.head, promise: nil)
        context.write(answer.body, promise: nil)
        guard !keepsAlive else { return context.write(answers.end, promise: nil) }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.write(answers.end, promise: written)
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
