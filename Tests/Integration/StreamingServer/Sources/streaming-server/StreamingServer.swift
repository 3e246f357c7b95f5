import Dispatch
import Foundation
import HTTPServer

/// Streams bodies as long as clients like: `/sized/{bytes}` says how long they are, `/chunks/{bytes}` sends them in chunks.
@main
struct StreamingServer {
    static func main() throws {
        var router = Router()
        router.get("/sized/{bytes}") { request, exchange in stream(bytes(request), exchange, isSized: true) }
        router.get("/chunks/{bytes}") { request, exchange in stream(bytes(request), exchange, isSized: false) }
        let server = HTTPServer(handler: router)
        let address = try server.listen(on: .tcp(host: "127.0.0.1", port: 0))
        FileHandle.standardOutput.write(Data("listening on http://\(address)\n".utf8))
        dispatchMain()
    }

    private static func bytes(_ request: HTTPRequest) -> Int { request.parameters["bytes"].flatMap { Int($0) } ?? 0 }

    private static func stream(_ bytes: Int, _ exchange: HTTPExchange, isSized: Bool) {
        guard let writer = exchange.beginStream(HTTPResponse(), length: isSized ? bytes : nil) else { return }
        Producer(writer, bytes: bytes).start()
    }
}

/// Sends one body, as fast as its client takes it.
private final class Producer: @unchecked Sendable {
    // Touched on `queue` alone.
    private var left: Int
    private let writer: HTTPBodyWriter
    private let queue = DispatchQueue(label: "producer")

    /// The most that keeps within the window: an eighth of it.
    private static let partSize = 32 << 10

    init(_ writer: HTTPBodyWriter, bytes: Int) {
        self.writer = writer
        left = bytes
    }

    func start() { queue.async { [self] in run() } }

    private func run() {
        while left > 0, !writer.isCancelled {
            // Each in memory of its own, as a real body's are: what waits for a client is then seen in the process's memory.
            let part = [UInt8](repeating: UInt8(ascii: "x"), count: min(left, Self.partSize))
            left -= part.count
            if !writer.write(part) { return writer.whenRoom { [self] in start() } }
        }
        writer.finish()
    }
}
