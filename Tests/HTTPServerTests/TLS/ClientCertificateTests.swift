import Foundation
import Testing

@testable import HTTPServer

/// Clients that have to say who they are.
@Suite(.timeLimit(.minutes(1))) struct ClientCertificateTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared() }

    private func listener(_ clientCertificates: TLSConfiguration.ClientCertificates = .required) throws -> TLSListener {
        try TLSListener {
            $0.clientAuthorities = certificates.certificate("clients")
            $0.clientCertificates = clientCertificates
        }
    }

    private func client(_ listener: TLSListener, _ version: String, as name: String?) throws -> ClientProcess {
        let identity = name.map { ["-cert", certificates.certificate($0), "-key", certificates.key($0)] } ?? []
        return try listener.client([version] + identity)
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"], [TLSConfiguration.ClientCertificates.required, .optional])
    func knowsTheClient(version: String, mode: TLSConfiguration.ClientCertificates) throws {
        let listener = try listener(mode)
        let client = try client(listener, version, as: "trainer")
        let connection = try listener.accept()
        #expect(try connection.handshake() == nil)
        #expect(connection.session.clientSubject == #"CN=trainer,O=Müller\, Söhne"#)
        try client.waitForWords("Verify return code")
        #expect(client.words.replacing(" = ", with: "=").contains("Acceptable client certificate CA names\nCN=clients\n"))
    }

    @Test(
        arguments: ["-tls1_2", "-tls1_3"],
        [
            ("expired", "certificate has expired", "certificate expired"),
            ("stranger", "unable to get local issuer certificate", "unknown ca"),
            // A server's certificate is not for clients.
            ("server-only", "unsuitable certificate purpose", "unsupported certificate"),
        ])
    func turnsStrangersAway(version: String, client: (name: String, reason: String, alert: String)) throws {
        for mode in [TLSConfiguration.ClientCertificates.required, .optional] {
            let listener = try listener(mode)
            let process = try self.client(listener, version, as: client.name)
            let connection = try listener.accept()
            let failure = try connection.handshake()
            #expect(failure == .rejected(reason: "certificate verify failed: \(client.reason)"))
            #expect(connection.session.clientSubject == nil)
            try connection.linger()
            #expect(process.finish().words.contains("alert \(client.alert)"))
        }
    }

    @Test(arguments: [("-tls1_2", "handshake failure"), ("-tls1_3", "certificate required")])
    func turnsTheNamelessAwayOrNot(version: String, alert: String) throws {
        let strict = try listener()
        let refused = try client(strict, version, as: nil)
        let connection = try strict.accept()
        #expect(try connection.handshake() == .rejected(reason: "peer did not return a certificate"))
        try connection.linger()
        #expect(refused.finish().words.contains("alert \(alert)"))

        let lenient = try listener(.optional)
        let welcome = try client(lenient, version, as: nil)
        let guest = try lenient.accept()
        #expect(try guest.handshake() == nil)
        #expect(guest.session.clientSubject == nil)
        welcome.kill()
    }

    /// The authorities of clients are not the server's: its chain is what its file has.
    @Test func keepsAuthoritiesApart() throws {
        let listener = try TLSListener("server-only") {
            $0.clientAuthorities = certificates.certificate("clients")
            $0.clientCertificates = .optional
        }
        let client = try ClientProcess(["openssl", "s_client", "-connect", "\(listener.address)", "-showcerts"])
        #expect(try listener.accept().handshake() == nil)
        #expect(client.finish().words.components(separatedBy: "BEGIN CERTIFICATE").count == 2)
    }

    /// The alert reaches a client that has sent its request already, if the connection is closed with care.
    @Test func tellsCurlWhy() throws {
        let listener = try listener()
        let client = try listener.curl()
        let connection = try listener.accept()
        #expect(try connection.handshake() == .rejected(reason: "peer did not return a certificate"))
        try connection.linger()
        let (status, words) = client.finish()
        #expect(status == 56 && words.contains("certificate required"))
    }
}
