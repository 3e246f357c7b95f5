import Foundation
import Testing

@testable import HTTPServer

/// Compressed requests and answers through real sockets, with curl and gzip at the other end.
@Suite struct CodedExchangeTests {
    @Test(arguments: ["gzip", "deflate"])
    func curlReadsCompressedAnswers(coding: String) throws {
        let (server, address) = try serve()
        let url = "http://\(address)/text/400"
        let text = String(decoding: textBody(kilobytes: 400), as: UTF8.self)
        #expect(try curl("-H", "Accept-Encoding: \(coding)", "--compressed", url) == text)
        let sent = server.statistics.sentBytes
        #expect(sent < 150_000)
        let fields = try curl("-s", "-o", "/dev/null", "-D", "-", "-H", "Accept-Encoding: \(coding)", url)
        #expect(fields.contains("Content-Encoding: \(coding)\r\n") && fields.contains("Vary: Accept-Encoding\r\n"))
        #expect(fields.firstMatch(of: /Content-Length: (\d+)/).flatMap { Int($0.1) } ?? .max < 150_000)
        // HEAD tells what GET would (RFC 9110 section 9.3.2).
        let head = try curl("--head", "-H", "Accept-Encoding: \(coding)", url)
        #expect(head.split(separator: "\r\n").filter { $0.hasPrefix("Content-") } == fields.split(separator: "\r\n").filter { $0.hasPrefix("Content-") })
    }

    /// Unasked for, refused, too small, or of a type that does not compress.
    @Test func leavesOtherAnswersAlone() throws {
        let (_, address) = try serve()
        let url = "http://\(address)"
        let plain = try curl("-i", url + "/text/4")
        #expect(plain.contains("Vary: Accept-Encoding\r\n") && !plain.contains("Content-Encoding") && plain.contains("Content-Length: 4096\r\n"))
        #expect(try !curl("-i", "-H", "Accept-Encoding: gzip;q=0", url + "/text/4").contains("Content-Encoding"))
        let small = try curl("-i", "-H", "Accept-Encoding: gzip", url + "/echo?small")
        #expect(!small.contains("Content-Encoding") && !small.contains("Vary"))
        #expect(try !curl("-s", "-o", "/dev/null", "-D", "-", "-H", "Accept-Encoding: gzip", url + "/large/1").contains("Content-Encoding"))
    }

    @Test func compressesNothingWhereThatIsSwitchedOff() throws {
        let (_, address) = try serve { $0.compression = nil }
        let answer = try curl("-i", "-H", "Accept-Encoding: gzip", "http://\(address)/text/4")
        #expect(!answer.contains("Content-Encoding") && !answer.contains("Vary"))
    }

    /// Each part of a stream is there to be read before the next one is written.
    @Test func streamsCompressedPartsAsTheyCome() throws {
        let held = Held()
        let (_, address) = try serve(held: held)
        let client = try LoopbackClient(address)
        client.send("GET /hold/x HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
        try #require(waitUntil { held.count == 1 })
        var head = HTTPResponse()
        head.fields.append(trusted: "Content-Type", "application/x-ndjson")
        let writer = try #require(held.take().first?.exchange.beginStream(head, length: 1_000_000))
        #expect(client.read(until: "\r\n\r\n").contains("Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"))
        var optional = try Inflater(.gzip, limits: InflationLimits(bytes: 1 << 20))
        guard var inflater = optional.take() else {
            Issue.record("no inflater")
            return
        }
        var text: [UInt8] = []
        for line in 1...3 {
            _ = writer.write(Array("line \(line)\n".utf8))
            let chunk = client.readChunk()
            try inflater.append(chunk.span, to: &text)
            #expect(String(decoding: text, as: UTF8.self) == (1...line).map { "line \($0)\n" }.joined())
        }
        writer.finish()
        try inflater.append(client.readChunk().span, to: &text)
        try inflater.finish()
        #expect(client.readChunk().isEmpty)
    }

    @Test(arguments: ["-1", "-9"])
    func readsCompressedRequests(level: String) throws {
        let (_, address) = try serve()
        let body = textBody(kilobytes: 300)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("coded-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(systemGzip(level, input: body)).write(to: file)
        for framing in ["Expect:", "Transfer-Encoding: chunked"] {
            let answer = try curl("-H", "Content-Encoding: gzip", "-H", framing, "--data-binary", "@\(file.path)", "http://\(address)/echo")
            #expect(Array(answer.utf8) == body)
        }
    }

    /// RFC 9110 section 15.5.16, and what is wrong with a body that is compressed as it says.
    @Test func refusesBodiesItCannotRead() throws {
        let (_, address) = try serve { $0.limits.bodyBytes = 1 << 20 }
        func answer(_ coding: String, _ body: [UInt8]) throws -> String {
            let client = try LoopbackClient(address)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: \(coding)\r\nContent-Length: \(body.count)\r\n\r\n")
            client.send(body)
            return client.read()
        }
        let unknown = try answer("br", [1])
        #expect(unknown.hasPrefix("HTTP/1.1 415 ") && unknown.contains("Accept-Encoding: gzip, deflate\r\n"))
        #expect(try answer("gzip, gzip", [1]).hasPrefix("HTTP/1.1 415 "))
        let coded = try systemGzip(input: textBody(kilobytes: 10))
        #expect(try answer("gzip", coded.dropLast()).contains("\"bad_content_coding\""))
        #expect(try answer("deflate", Array("not compressed".utf8)).hasPrefix("HTTP/1.1 400 "))
        let long = try systemGzip(input: textBody(kilobytes: 1_100))
        #expect(try answer("gzip", long).contains("\"body_too_large\""))
        let bomb = try systemGzip(input: [UInt8](repeating: 0, count: 1 << 20))
        #expect(try answer("gzip", bomb).hasPrefix("HTTP/1.1 413 "))
    }
}
