import Foundation
import Testing

@testable import HTTPServer

/// Sessions that go on in another connection.
@Suite(.timeLimit(.minutes(1))) struct SessionTicketTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared() }

    /// Connects with a ticket, or for one. Returns whether the session was resumed, or why the client was refused.
    private func connect(
        _ listener: TLSListener, _ arguments: [String]
    ) throws -> Result<(isResumed: Bool, subject: String?), TLSFailure> {
        let client = try ClientProcess(
            ["openssl", "s_client", "-connect", "\(listener.address)", "-quiet", "-verify_quiet"] + arguments)
        let connection = try listener.accept()
        if let failure = try connection.handshake() {
            client.kill()
            return .failure(failure)
        }
        // A client takes its ticket when it reads.
        try connection.write("hello")
        try client.waitForWords("hello")
        try connection.closeSending()
        #expect(client.finish().status == 0)
        return .success((connection.session.isResumed, connection.session.clientSubject))
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"], [false, true])
    func resumes(version: String, withCertificate: Bool) throws {
        let listener = try TLSListener { if withCertificate { $0.clientAuthorities = certificates.certificate("clients") } }
        let ticket = certificates.path("ticket\(version)\(withCertificate)")
        let identity = ["-cert", certificates.certificate("trainer"), "-key", certificates.key("trainer")]
        let first = try connect(listener, [version, "-sess_out", ticket] + identity).get()
        #expect(!first.isResumed)
        // The ticket is enough to know the client by.
        let second = try connect(listener, [version, "-sess_in", ticket, "-sess_out", ticket]).get()
        #expect(second.isResumed && second.subject == first.subject && (second.subject != nil) == withCertificate)
        #expect(try connect(listener, [version, "-sess_in", ticket]).get().isResumed)

        // Not with other keys, though: who may come may have changed.
        try listener.credentials.reload()
        switch try connect(listener, [version, "-sess_in", ticket]) {
        case .success(let session): #expect(!session.isResumed && !withCertificate)
        case .failure(let failure): #expect(failure == .rejected(reason: "peer did not return a certificate") && withCertificate)
        }
    }

    /// A ticket does not outlive the certificate of the client that it was given to.
    @Test func expiresWithTheCertificate() async throws {
        let seconds = 4.0
        try certificates.make("short-lived", issuer: "clients", extensions: "client", end: seconds)
        let expiry = ContinuousClock.now + .seconds(seconds)
        let identity = ["-cert", certificates.certificate("short-lived"), "-key", certificates.key("short-lived")]
        let listener = try TLSListener { $0.clientAuthorities = certificates.certificate("clients") }
        let versions = ["-tls1_2", "-tls1_3"]
        let tickets = versions.map { certificates.path("short-lived\($0)") }
        for (version, ticket) in zip(versions, tickets) {
            let first = try connect(listener, [version, "-sess_out", ticket] + identity).get()
            #expect(!first.isResumed && first.subject == "CN=short-lived")
            #expect(try connect(listener, [version, "-sess_in", ticket]).get().isResumed)
        }
        try await Task.sleep(until: expiry)
        for (version, ticket) in zip(versions, tickets) {
            let refused = try connect(listener, [version, "-sess_in", ticket] + identity)
            #expect(throws: TLSFailure.rejected(reason: "certificate verify failed: certificate has expired")) {
                _ = try refused.get()
            }
        }
    }
}
