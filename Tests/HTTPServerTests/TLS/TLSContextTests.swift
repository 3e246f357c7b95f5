import Foundation
import Testing

@testable import HTTPServer

/// Files that cannot be used, and what is said of them.
@Suite struct TLSContextTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared() }

    private func error(certificate: String, key: String, authorities: String? = nil) -> TLSError? {
        do throws(TLSError) {
            _ = try TLSContext(TLSConfiguration(certificateChain: certificate, privateKey: key, clientAuthorities: authorities))
            return nil
        } catch {
            return error
        }
    }

    private func write(_ text: String) throws -> String {
        let path = certificates.path(UUID().uuidString)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func takesGoodFiles() {
        for name in ["ec", "rsa"] {
            #expect(
                error(
                    certificate: certificates.certificate(name), key: certificates.key(name),
                    authorities: certificates.certificate("clients")) == nil)
        }
    }

    @Test func saysWhichFileCannotBeRead() {
        let (certificate, key) = (certificates.certificate("ec"), certificates.key("ec"))
        let reason = "No such file or directory"
        #expect(error(certificate: "/nowhere", key: key) == .unreadable(file: "/nowhere", reason: reason))
        #expect(error(certificate: certificate, key: "/nowhere") == .unreadable(file: "/nowhere", reason: reason))
        #expect(
            error(certificate: certificate, key: key, authorities: "/nowhere") == .unreadable(file: "/nowhere", reason: reason))
        #expect(error(certificate: "", key: key)?.description == "cannot read : No such file or directory")
        #expect(error(certificate: "/", key: key) == .noCertificate(file: "/", reason: "no start line"))
    }

    @Test func refusesWhatIsNoCertificate() throws {
        let key = certificates.key("ec")
        let empty = try write("")
        #expect(error(certificate: empty, key: key) == .noCertificate(file: empty, reason: "no start line"))
        #expect(error(certificate: key, key: key) == .noCertificate(file: key, reason: "no start line"))
        let halved = try write(String(String(contentsOfFile: certificates.certificate("ec"), encoding: .utf8).prefix(300)))
        #expect(error(certificate: halved, key: key) == .noCertificate(file: halved, reason: "bad end line"))
        let broken = try write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        #expect(error(certificate: broken, key: key) == .noCertificate(file: broken, reason: "wrong tag"))
        #expect(error(certificate: broken, key: key)?.description == "no usable certificate in \(broken): wrong tag")
    }

    @Test func refusesWhatIsNoKey() throws {
        let certificate = certificates.certificate("ec")
        let none = error(certificate: certificate, key: certificate)
        #expect(none?.description.hasPrefix("no usable private key in \(certificate): ") == true)
        let encrypted = certificates.path("encrypted.key")
        try certificates.openssl(["ec", "-in", certificates.key("ec"), "-aes128", "-passout", "pass:secret", "-out", encrypted])
        #expect(error(certificate: certificate, key: encrypted) == .noPrivateKey(file: encrypted, reason: "it is encrypted"))
        try certificates.openssl(["pkcs8", "-topk8", "-in", certificates.key("ec"), "-passout", "pass:secret", "-out", encrypted])
        #expect(error(certificate: certificate, key: encrypted) == .noPrivateKey(file: encrypted, reason: "it is encrypted"))
    }

    @Test func refusesTheKeyOfAnotherCertificate() {
        for (name, other) in [("ec", "trainer"), ("ec", "rsa"), ("rsa", "ec")] {
            let (certificate, key) = (certificates.certificate(name), certificates.key(other))
            #expect(error(certificate: certificate, key: key) == .keyDoesNotMatch(key: key, certificate: certificate))
        }
    }

    @Test func refusesWeakKeys() throws {
        try certificates.makeServer("weak", key: ["rsa:1024"])
        let certificate = certificates.certificate("weak")
        #expect(
            error(certificate: certificate, key: certificates.key("weak"))
                == .noCertificate(file: certificate, reason: "ee key too small"))
    }

    @Test func refusesWhatAreNoAuthorities() throws {
        let key = certificates.key("ec")
        #expect(
            error(certificate: certificates.certificate("ec"), key: key, authorities: key)
                == .noClientAuthorities(file: key, reason: "no certificate or crl found"))
    }

    /// What went wrong before has no part in what comes next, on whatever thread.
    @Test func leavesNoErrorsBehind() throws {
        _ = error(certificate: certificates.key("ec"), key: certificates.key("ec"))
        #expect(OpenSSLErrors.take() == nil)
        _ = error(certificate: certificates.certificate("ec"), key: certificates.key("rsa"))
        #expect(OpenSSLErrors.take() == nil)
        _ = error(certificate: certificates.certificate("ec"), key: certificates.key("ec"))
        #expect(OpenSSLErrors.take() == nil)
    }
}
