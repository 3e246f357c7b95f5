import Foundation
import Synchronization
import Testing

@testable import HTTPServer

/// HTTPS through the whole server, with curl and `openssl s_client` at the other end.
@Suite struct TLSServerTests {
    private func serveTLS(
        _ server: String = "ec", clients: Bool = false, held: Held = Held(),
        _ configure: (inout HTTPServer.Configuration) -> Void = { _ in }
    ) throws -> (certificates: TestCertificates, server: HTTPServer, address: SocketAddress, port: Int) {
        let certificates = try TestCertificates.shared()
        var configuration = TLSConfiguration(
            certificateChain: certificates.certificate(server), privateKey: certificates.key(server))
        if clients { configuration.clientAuthorities = certificates.certificate("clients") }
        let credentials = try TLSCredentials(configuration)
        let (tlsServer, address) = try serve(held: held, credentials: credentials, configure)
        guard case .tcp(_, let port) = address else { throw LoopbackClient.Refused() }
        return (certificates, tlsServer, address, port)
    }

    @Test(arguments: ["ec", "rsa"], ["1.2", "1.3"])
    func curlSpeaksHTTPS(server: String, version: String) throws {
        let (certificates, _, _, port) = try serveTLS(server)
        let url = "https://localhost:\(port)"
        let options = ["--cacert", certificates.certificate("root"), "--tlsv\(version)", "--tls-max", version]
        #expect(try curl(options + [url + "/echo?one", url + "/echo?two", "-w", " %{num_connects};"]) == "get one 1;get two 0;")
        let text = String(decoding: textBody(kilobytes: 900), as: UTF8.self)
        #expect(try curl(options + [url + "/text/900"]) == text)
        #expect(try curl(options + ["--compressed", url + "/text/900"]) == text)
        // As long as one argument of a command may be.
        let short = String(decoding: textBody(kilobytes: 100), as: UTF8.self)
        #expect(try curl(options + ["--data-binary", short, url + "/echo"]) == short)
        #expect(try curl(options + [url + "/large/30"]).utf8.count == 30 << 20)
    }

    @Test func clientsShowCertificates() throws {
        let held = Held()
        let (certificates, _, _, port) = try serveTLS(clients: true, held: held)
        let options = ["--cacert", certificates.certificate("root"), "https://localhost:\(port)/hold/x"]
        let answer = Meanwhile {
            try curl(["--cert", certificates.certificate("trainer"), "--key", certificates.key("trainer")] + options)
        }
        try #require(waitUntil { held.count == 1 })
        let exchange = try #require(held.take().first?.exchange)
        #expect(exchange.clientSubject?.contains("CN=trainer") == true)
        exchange.respond(HTTPResponse(body: Array("hello".utf8)))
        #expect(try answer.get() == "hello")
        // curl's status 56 or 35: the server turned it away in or after the handshake.
        let (status, _) = try ClientProcess(["curl", "-sS", "-m", "20"] + options).finish()
        #expect(status == 56 || status == 35)
        #expect(held.count == 0)
    }

    /// Whoever speaks plainly to an encrypted port is told so, in plain words.
    @Test func tellsPlainClientsOfTheirMistake() throws {
        let (_, _, address, _) = try serveTLS()
        let client = try LoopbackClient(address)
        client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = client.read()
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && answer.contains("plain_http"))
    }

    /// Handshakes that stop half-way hold nobody up, and are given up in time.
    @Test func slowHandshakesHoldNobodyUp() throws {
        let (certificates, server, address, port) = try serveTLS { $0.timeouts.handshake = .seconds(1) }
        let stalled = try (0..<50).map { _ in try LoopbackClient(address) }
        // The first bytes of a record with a ClientHello, whose rest never comes.
        for client in stalled { client.send([0x16, 0x03, 0x01, 0x01, 0x00, 0x01, 0x00, 0x00, 0xFC, 0x03, 0x03]) }
        let url = "https://localhost:\(port)/echo?polite"
        #expect(try curl("--cacert", certificates.certificate("root"), url) == "get polite")
        for client in stalled { #expect(client.read().isEmpty) }
        #expect(waitUntil { server.statistics.openConnections == 0 })
    }

    @Test func garbageIsNoHandshake() throws {
        let (_, server, address, _) = try serveTLS()
        let client = try LoopbackClient(address)
        client.send([UInt8](repeating: 0xAB, count: 100))
        _ = client.read()
        #expect(waitUntil { server.statistics.failedHandshakes == 1 && server.statistics.openConnections == 0 })
    }

    /// RFC 8446 section 6.1: the end of an idle connection is announced, so that no client takes it for an attack.
    @Test func saysGoodbye() async throws {
        let (certificates, server, _, port) = try serveTLS()
        let client = try ClientProcess([
            "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", certificates.certificate("root"), "-quiet",
        ])
        client.send("GET /echo?x HTTP/1.1\r\nHost: a\r\n\r\n")
        try client.waitForWords("get x")
        #expect(await server.shutdown())
        let (_, words) = client.finish()
        #expect(!words.contains("unexpected eof"), "\(words)")
    }

    /// A slow reader behind TLS is held to the same window.
    @Test func streamsThroughTLS() throws {
        let held = Held()
        let (certificates, _, _, port) = try serveTLS(held: held)
        let answer = Meanwhile {
            try curl("--cacert", certificates.certificate("root"), "--limit-rate", "20M", "https://localhost:\(port)/hold/x")
        }
        try #require(waitUntil { held.count == 1 })
        let writer = try #require(held.take().first?.exchange.beginStream(HTTPResponse(), length: 20 << 20))
        let producer = StreamingTests.Producer(writer, part: [UInt8](repeating: UInt8(ascii: "z"), count: 1 << 14), parts: 1_280)
        producer.start()
        #expect(try answer.get().utf8.count == 20 << 20)
        #expect(waitUntil { producer.ended.load(ordering: .relaxed) })
    }
}
