import Foundation
import Testing

@testable import HTTPServer

/// What is agreed on with `openssl s_client` and curl, and what is not.
@Suite(.timeLimit(.minutes(1))) struct TLSHandshakeTests {
    @Test(arguments: ["ec", "rsa"], [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
    func speaksBothVersions(name: String, version: (option: String, name: String)) throws {
        let listener = try TLSListener(name)
        let client = try listener.client(version.option, "-showcerts")
        let connection = try listener.accept()
        #expect(try connection.handshake() == nil)
        #expect(connection.session.protocolVersion == version.name)
        #expect(connection.session.clientSubject == nil && !connection.session.isResumed)
        try client.waitForWords("Verify return code")
        try connection.close()
        let (status, words) = client.finish()
        #expect(status == 0 && words.contains("Verify return code: 0 (ok)"))
        // The whole chain and nothing more: the root is the client's own.
        #expect(words.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
        #expect(words.contains("No ALPN negotiated") && words.contains("Compression: NONE") && words.contains("Temp Key: X25519"))
    }

    @Test func refusesOldVersions() throws {
        let listener = try TLSListener()
        for option in ["-tls1", "-tls1_1"] {
            let client = try listener.client(option, "-cipher", "ALL@SECLEVEL=0")
            let connection = try listener.accept()
            #expect(try connection.handshake() == .rejected(reason: "unsupported protocol"))
            try connection.linger()
            #expect(client.finish().words.contains("alert protocol version"))
        }
    }

    @Test func canInsistOnTheNewestVersion() throws {
        let listener = try TLSListener { $0.minimumVersion = .tls1_3 }
        let old = try listener.client("-tls1_2")
        let refused = try listener.accept()
        #expect(try refused.handshake() == .rejected(reason: "unsupported protocol"))
        try refused.linger()
        #expect(old.finish().words.contains("alert protocol version"))
        let new = try listener.client()
        #expect(try listener.accept().handshake() == nil)
        new.kill()
    }

    /// The suites of TLS 1.2 in the server's order, found by offering all there are but those that were chosen before.
    @Test(arguments: [("ec", "ECDSA"), ("rsa", "RSA")])
    func choosesAmongGoodCipherSuites(name: String, kind: String) throws {
        let listener = try TLSListener(name)
        var chosen: [String] = []
        while true {
            let offer = "COMPLEMENTOFALL:ALL:" + chosen.map { "!\($0):" }.joined() + "@SECLEVEL=0"
            let client = try listener.client("-tls1_2", "-cipher", offer)
            let connection = try listener.accept()
            if let failure = try connection.handshake() {
                #expect(failure == .rejected(reason: "no shared cipher"))
                try connection.linger()
                #expect(client.finish().words.contains("handshake failure"))
                break
            }
            chosen.append(connection.session.cipherSuite)
            client.kill()
        }
        #expect(
            chosen == ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"].map { "ECDHE-\(kind)-\($0)" })
    }

    @Test func givesClientsWithoutAESWhatTheyPrefer() throws {
        let listener = try TLSListener()
        for (arguments, suite) in [
            (["-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384", "-tls1_2"], "ECDHE-ECDSA-CHACHA20-POLY1305"),
            (["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"], "TLS_CHACHA20_POLY1305_SHA256"),
            (["-ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"], "TLS_AES_128_GCM_SHA256"),
        ] {
            let client = try listener.client(arguments)
            let connection = try listener.accept()
            #expect(try connection.handshake() == nil)
            #expect(connection.session.cipherSuite == suite)
            client.kill()
        }
    }

    /// Finite-field groups are slow at the server, and the longest are a weapon.
    @Test func refusesSlowGroups() throws {
        let listener = try TLSListener()
        for group in ["ffdhe2048", "ffdhe8192", "X448"] {
            let client = try listener.client("-tls1_3", "-groups", group)
            let connection = try listener.accept()
            #expect(try connection.handshake() != nil)
            client.kill()
        }
    }

    // MARK: ALPN

    @Test func negotiatesHTTP() throws {
        let listener = try TLSListener()
        let client = try listener.client("-alpn", "h2,http/1.1")
        #expect(try listener.accept().handshake() == nil)
        #expect(client.finish().words.contains("ALPN protocol: http/1.1"))

        let other = try listener.client("-alpn", "h2,http/1.0,ftp")
        let connection = try listener.accept()
        #expect(try connection.handshake() == .rejected(reason: "no application protocol"))
        try connection.linger()
        #expect(other.finish().words.contains("alert no application protocol"))
    }

    @Test func servesCurl() throws {
        let listener = try TLSListener("rsa")
        let client = try listener.curl("--http2", "-w", " %{http_version} %{ssl_verify_result}")
        let connection = try listener.accept()
        #expect(try connection.handshake() == nil)
        #expect(try connection.readText(until: "\r\n\r\n").hasPrefix("GET / HTTP/1.1\r\n"))
        // In two writes, of which the first lets the kernel wait.
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".utf8)
        #expect(try connection.session.write(head.span, isLast: false) == head.count)
        try connection.write("hello")
        #expect(client.finish() == (0, "hello 1.1 0"))
        #expect(try connection.read().isEmpty && !connection.session.isTruncated)
    }

    // MARK: Clients that do not speak TLS

    @Test func tellsPlainHTTP() throws {
        let listener = try TLSListener()
        let client = try listener.curl(scheme: "http")
        let connection = try listener.accept()
        #expect(try connection.handshake() == .plainHTTP)
        #expect(connection.session.handshake() == .failed(.plainHTTP))
        // The session is done for; the socket is not, and may carry an answer that the client understands.
        #expect(throws: TLSConnection.Broken.self) { try connection.write("no") }
        let answer = Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\nuse https".utf8)
        #expect(try connection.socket.write(answer.span, Span(), isLast: true) == answer.count)
        try connection.linger()
        #expect(client.finish() == (0, "use https"))
    }

    @Test func refusesGarbage() throws {
        let listener = try TLSListener()
        for (text, reason) in [
            ("SSH-2.0-OpenSSH_9.2\r\n", "wrong version number"), (String(repeating: "\u{0}", count: 11), "wrong version number"),
            // A record that says it is a handshake's and is not, and one that is longer than any.
            ("\u{16}\u{3}\u{1}\u{0}\u{5}hello", "unexpected message"),
            ("\u{16}\u{3}\u{1}\u{7f}\u{7f}hello", "packet length too long"),
        ] {
            let client = try LoopbackClient(listener.address)
            client.send(text)
            let failure = try listener.accept().handshake()
            #expect(failure == .rejected(reason: reason))
        }
    }

    @Test func noticesClientsThatLeave() throws {
        let listener = try TLSListener()
        for reset in [true, false] {
            do {
                let client = try LoopbackClient(listener.address)
                client.send("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}")
                if reset { client.resetOnClose() }
            }
            #expect(try listener.accept().handshake() == .disconnected)
        }
    }

    /// A client that stops half-way through its first message costs nobody else anything.
    @Test func waitsForNobody() throws {
        let listener = try TLSListener()
        let idler = try LoopbackClient(listener.address)
        let stalled = try listener.accept()
        #expect(stalled.session.handshake() == .wouldBlock)
        idler.send("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}")
        try stalled.wait()
        #expect(stalled.session.handshake() == .wouldBlock)

        let client = try listener.client()
        let other = try listener.accept()
        #expect(try other.handshake() == nil)
        client.kill()
        #expect(stalled.session.handshake() == .wouldBlock)
        try stalled.session.closeSending()
        idler.closeSending()
        #expect(try stalled.handshake() == .disconnected)
    }

    // MARK: After the handshake

    @Test func refusesToRenegotiate() throws {
        let listener = try TLSListener()
        let client = try listener.client("-tls1_2")
        let connection = try listener.accept()
        #expect(try connection.handshake() == nil)
        try client.waitForWords("Verify return code")
        client.send("hello\n")
        #expect(try connection.readText(until: "\n") == "hello\n")
        client.send("R\n")
        // The refusal is a warning, at which this client gives up.
        #expect(throws: TLSConnection.Broken.self) { try connection.read() }
        #expect(connection.session.failure?.description.hasSuffix("alert handshake failure") == true)
        #expect(client.finish().words.contains("no renegotiation"))
    }

    @Test func updatesKeys() throws {
        let listener = try TLSListener()
        let client = try listener.client("-tls1_3")
        let connection = try listener.accept()
        #expect(try connection.handshake() == nil)
        try client.waitForWords("Verify return code")
        for (index, command) in ["k", "K", "K"].enumerated() {
            client.send(command + "\n")
            try client.waitForWords("KEYUPDATE", times: index + 1)
            client.send("hello\n")
            #expect(try connection.readText(until: "\n") == "hello\n")
            try connection.write("hello, client \(index)\n")
            try client.waitForWords("hello, client \(index)\n")
        }
        client.send("Q\n")
        try connection.close()
        #expect(client.finish().status == 0)
    }
}
