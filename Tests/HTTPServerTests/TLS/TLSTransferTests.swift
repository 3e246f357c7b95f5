import Foundation
import Testing

@testable import HTTPServer

/// Data over open sessions, and their ends.
@Suite(.timeLimit(.minutes(1))) struct TLSTransferTests {
    /// What comes back at the same time as it is sent, through a buffer that holds next to nothing.
    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func echoesTenMegabytes(version: String) throws {
        let random = try #require(FileHandle(forReadingAtPath: "/dev/urandom"))
        let sent = try #require(try random.read(upToCount: 7_864_320)).base64EncodedData()
        let file = try TestCertificates.shared().path("ten-megabytes" + version)
        try sent.write(to: URL(fileURLWithPath: file))
        let listener = try TLSListener()
        let client = try listener.client(version, "-quiet", "-verify_quiet", input: file)
        let connection = try listener.accept()
        connection.shrinkSendBuffer()
        #expect(try connection.handshake() == nil)
        var count = 0
        var echo: [UInt8] = []
        while count < sent.count || !echo.isEmpty {
            if echo.count < 100_000, let bytes = try connection.readNow() {
                try #require(!bytes.isEmpty)
                count += bytes.count
                echo += bytes
            } else if case let written = try connection.writeNow(echo[...]), written > 0 {
                echo.removeFirst(written)
            } else {
                try connection.wait()
            }
        }
        try connection.closeSending()
        #expect(client.finish().status == 0)
        #expect(client.output == sent)
    }

    @Test func curlSendsAndFetchesTenMegabytes() throws {
        let megabytes = [UInt8](repeating: UInt8(ascii: "x"), count: 10 << 20)
        let file = try TestCertificates.shared().path("upload")
        try Data(megabytes).write(to: URL(fileURLWithPath: file))
        let listener = try TLSListener("rsa")
        let client = try listener.curl("-T", file, "-H", "Expect:")
        let connection = try listener.accept()
        #expect(try connection.handshake() == nil)
        let head = try connection.readText(until: "\r\n\r\n")
        #expect(head.contains("Content-Length: \(megabytes.count)\r\n"))
        #expect(try connection.read(count: megabytes.count) == megabytes)
        try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(megabytes.count)\r\n\r\n")
        try connection.write(megabytes)
        #expect(client.finish().status == 0 && client.output == Data(megabytes))
    }

    /// A client whose network gives a byte at a time.
    @Test func takesAByteAtATime() throws {
        let client = try PacedClient(TLSListener().credentials)
        let server = client.server
        while server.session.handshake() != .done || !client.handshake() {
            if client.send(1) == 0 { client.receive() }
            if case .failed(let failure) = server.session.handshake() { throw failure }
            _ = client.handshake()
        }
        client.write(Array("hello".utf8))
        var received: [UInt8]?
        while client.send(1) == 1 {
            #expect(received == nil)
            received = try server.readNow()
        }
        #expect(received == Array("hello".utf8))
        #expect(try server.readNow() == nil)
    }

    /// The client wants an answer to its new keys while the server's last record is stuck half-way: neither may wait for the
    /// other.
    @Test func readsWhileAWriteIsStuck() throws {
        let client = try PacedClient(TLSListener().credentials)
        let server = client.server
        try client.connect()
        let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 / 1_000) }
        let half = bytes.count / 2
        var rest = bytes[..<half]
        while case let count = try server.writeNow(rest), count > 0 { rest = rest.dropFirst(count) }
        #expect(!rest.isEmpty)
        // From now on elsewhere, and with more behind it.
        rest = Array(rest + bytes[half...])[...]
        client.updateKeys()
        client.write(Array("hello".utf8))
        client.send()
        #expect(try server.readNow() == Array("hello".utf8))
        #expect(try server.readNow() == nil)
        var received: [UInt8] = []
        while received.count < bytes.count {
            client.receive()
            received += client.read()
            while !rest.isEmpty, case let count = try server.writeNow(rest), count > 0 { rest = rest.dropFirst(count) }
        }
        #expect(received == bytes)
    }

    /// New keys and nothing else, for as long as the client likes.
    @Test func losesPatienceWithHandshakeMessages() throws {
        let client = try PacedClient(TLSListener().credentials)
        try client.connect()
        for _ in 0..<50 { client.updateKeys() }
        client.write(Array("a few are fine".utf8))
        client.send()
        #expect(try client.server.readNow() == Array("a few are fine".utf8))
        for _ in 0..<100 { client.updateKeys() }
        client.send()
        #expect(throws: TLSConnection.Broken.self) { try client.server.readNow() }
        #expect(client.server.session.failure == .rejected(reason: "too many handshake messages"))
    }

    // MARK: Ends

    @Test func saysGoodbye() throws {
        let listener = try TLSListener()
        for isTold in [true, false] {
            let client = try listener.client("-quiet", "-verify_quiet")
            let connection = try listener.accept()
            #expect(try connection.handshake() == nil)
            try connection.write("hello")
            try client.waitForWords("hello")
            if isTold { try connection.closeSending() } else { connection.socket.closeSending() }
            let (status, words) = client.finish()
            #expect((status == 0) == isTold && words.contains("unexpected eof while reading") != isTold, "\(status) \(words)")
            #expect(client.output == Data("hello".utf8))
        }
    }

    @Test func hearsGoodbye() throws {
        let listener = try TLSListener()
        for version in ["-tls1_2", "-tls1_3"] {
            let client = try listener.client(version)
            let connection = try listener.accept()
            #expect(try connection.handshake() == nil)
            try client.waitForWords("Verify return code")
            client.send("bye\n")
            #expect(try connection.readText(until: "\n") == "bye\n")
            client.send("Q\n")
            #expect(try connection.read().isEmpty && !connection.session.isTruncated)
            client.kill()
        }
    }

    /// A client that has closed its side is still answered.
    @Test func answersAfterAHalfClose() throws {
        let client = try PacedClient(TLSListener().credentials)
        try client.connect()
        client.closeSending()
        #expect(try client.server.readNow() == [] && client.server.session.isTruncated)
        try client.server.write("an answer")
        try client.server.closeSending()
        client.receive()
        #expect(client.read() == Array("an answer".utf8) && client.hasHeardGoodbye)
    }

    /// The goodbye waits until there is room for it.
    @Test func saysGoodbyeLater() throws {
        let client = try PacedClient(TLSListener().credentials)
        try client.connect()
        let filler = [UInt8](repeating: 0, count: 1_000)
        while (try? client.server.socket.write(filler.span, Span(), isLast: true)) != nil {}
        #expect(throws: Socket.WriteFailure.wouldBlock) { try client.server.session.closeSending() }
        #expect(throws: Socket.WriteFailure.wouldBlock) { try client.server.session.closeSending() }
        client.receive()
        try client.server.session.closeSending()
        try client.server.session.closeSending()
        // An alert of TLS 1.3 in its record.
        #expect(client.receive() == 24)
    }

    /// Writing to a client that is gone fails, and signals nothing.
    @Test func raisesNoSignal() throws {
        let client = try PacedClient(TLSListener().credentials)
        try client.connect()
        client.disconnect()
        var pipeSignal = sigset_t()
        var before = sigset_t()
        var pending = sigset_t()
        sigemptyset(&pipeSignal)
        sigaddset(&pipeSignal, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipeSignal, &before)
        #expect(throws: TLSConnection.Broken.self) { try client.server.write("hello") }
        sigpending(&pending)
        #expect(sigismember(&pending, SIGPIPE) == 0)
        pthread_sigmask(SIG_SETMASK, &before, nil)
        #expect(client.server.session.failure == .disconnected)
        #expect(throws: TLSConnection.Broken.self) { try client.server.read() }
        try client.server.session.closeSending()
    }
}
