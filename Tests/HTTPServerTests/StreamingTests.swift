import Foundation
import Synchronization
import Testing

@testable import HTTPServer

/// Bodies that come in parts, through real sockets.
@Suite struct StreamingTests {
    /// Sends `parts` of equal size, heeding the window, and counts how many it has handed over.
    final class Producer: Sendable {
        let sent = Atomic(0)
        let ended = Atomic(false)
        private let writer: HTTPBodyWriter
        // A serial queue gets a thread of its own, which tests that wait cannot take from it.
        private let queue = DispatchQueue(label: "producer")
        private let part: [UInt8]
        private let parts: Int

        init(_ writer: HTTPBodyWriter, part: [UInt8], parts: Int) {
            self.writer = writer
            self.part = part
            self.parts = parts
        }

        func start() { queue.async { [self] in run() } }

        private func run() {
            while sent.load(ordering: .relaxed) < parts, !writer.isCancelled {
                sent.add(1, ordering: .relaxed)
                if !writer.write(part) {
                    return writer.whenRoom { [self] in start() }
                }
            }
            if !writer.isCancelled { writer.finish() }
            ended.store(true, ordering: .relaxed)
        }
    }

    private func stream(
        _ part: [UInt8], parts: Int, length: Int? = nil, request: String = "GET /hold/x HTTP/1.1\r\nHost: a\r\n\r\n"
    ) throws -> (server: HTTPServer, client: LoopbackClient, producer: Producer) {
        let held = Held()
        let (server, address) = try serve(held: held)
        let client = try LoopbackClient(address)
        client.send(request)
        try #require(waitUntil { held.count == 1 })
        let exchange = try #require(held.take().first?.exchange)
        let writer = try #require(exchange.beginStream(HTTPResponse(), length: length))
        let producer = Producer(writer, part: part, parts: parts)
        producer.start()
        return (server, client, producer)
    }

    @Test func arrivesWhole() throws {
        let (_, client, producer) = try stream([UInt8](repeating: UInt8(ascii: "a"), count: 10_000), parts: 500, length: 5_000_000)
        let head = client.read(until: "\r\n\r\n")
        #expect(head.contains("Content-Length: 5000000\r\n"))
        var count = head.utf8.count - (head.range(of: "\r\n\r\n").map { head[..<$0.upperBound].utf8.count } ?? 0)
        while count < 5_000_000, case let more = client.readSome(), more > 0 { count += more }
        #expect(count == 5_000_000)
        #expect(waitUntil { producer.ended.load(ordering: .relaxed) })
        // The connection goes on.
        client.send("GET /echo?next HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.read(until: "get next").contains("200 OK"))
    }

    @Test func curlReadsChunks() throws {
        let held = Held()
        let (_, address) = try serve(held: held)
        let answer = Meanwhile { try curl("http://\(address)/hold/x") }
        try #require(waitUntil { held.count == 1 })
        let writer = try #require(held.take().first?.exchange.beginStream(HTTPResponse()))
        for index in 0..<1_000 { _ = writer.write(Array("\(index),".utf8)) }
        writer.finish()
        #expect(try answer.get() == (0..<1_000).map { "\($0)," }.joined())
    }

    /// A client that does not read holds up its producer, not the server: no more than the window waits in memory.
    @Test func aSlowClientCostsItsWindow() throws {
        let partSize = 16 << 10
        let (server, client, producer) = try stream(
            [UInt8](repeating: 1, count: partSize), parts: 65_536, length: partSize << 16)
        func handedOver() -> Int { producer.sent.load(ordering: .relaxed) * partSize }
        // The answer's head is on the wire too, so this is a few hundred bytes less than what waits.
        func waiting() -> Int { handedOver() - server.statistics.sentBytes }
        for _ in 0..<3 {
            // The producer goes on when half of the window is free, so anything above that may be where it stops.
            #expect(waitUntil { waiting() > 127 << 10 }, "the window fills")
            Thread.sleep(forTimeInterval: 0.2)
            #expect(waiting() <= (256 << 10) + partSize, "\(waiting()) bytes wait")
            let before = handedOver()
            var taken = 0
            while taken < 8 << 20, case let count = client.readSome(), count > 0 { taken += count }
            #expect(waitUntil { handedOver() > before }, "reading makes room")
        }
    }

    /// Nor does the kernel collect megabytes for it.
    @Test func aSlowClientCostsTheKernelLittle() throws {
        let partSize = 16 << 10
        let (server, client, producer) = try stream(
            [UInt8](repeating: 1, count: partSize), parts: 65_536, length: partSize << 16)
        #expect(waitUntil { producer.sent.load(ordering: .relaxed) * partSize - server.statistics.sentBytes > 127 << 10 })
        Thread.sleep(forTimeInterval: 0.2)
        #expect(server.statistics.sentBytes < 1 << 20, "\(server.statistics.sentBytes) bytes")
        _ = client.readSome()
    }

    /// A client that goes away ends its producer's work.
    @Test func aDepartedClientEndsTheWork() throws {
        let (_, client, producer) = try stream([UInt8](repeating: 1, count: 16 << 10), parts: 1 << 30)
        _ = client.read(until: "\r\n\r\n")
        client.resetOnClose()
        _ = consume client
        #expect(waitUntil { producer.ended.load(ordering: .relaxed) })
    }

    /// A producer that gives up must not look like the end of the body.
    @Test func anAbandonedStreamIsCutOff() throws {
        let held = Held()
        let (_, address) = try serve(held: held)
        let client = try LoopbackClient(address)
        client.send("GET /hold/x HTTP/1.1\r\nHost: a\r\n\r\n")
        try #require(waitUntil { held.count == 1 })
        _ = held.take().first?.exchange.beginStream(HTTPResponse())?.write(Array("half".utf8))
        let answer = client.read()
        #expect(answer.hasSuffix("4\r\nhalf\r\n"))
    }

    @Test func headBeginsNoStream() throws {
        let held = Held()
        let (_, address) = try serve(held: held)
        let client = try LoopbackClient(address)
        client.send("HEAD /hold/x HTTP/1.1\r\nHost: a\r\n\r\n")
        try #require(waitUntil { held.count == 1 })
        let exchange = try #require(held.take().first?.exchange)
        #expect(exchange.beginStream(HTTPResponse(), length: 1_000) == nil)
        #expect(client.read(until: "\r\n\r\n").contains("Content-Length: 1000\r\n"))
        client.send("GET /echo?next HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.read(until: "get next").hasPrefix("HTTP/1.1 200 OK"))
    }
}
