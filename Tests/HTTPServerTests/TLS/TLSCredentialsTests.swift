import Foundation
import Testing

@testable import HTTPServer

/// Certificates that are renewed while they are in use.
@Suite(.timeLimit(.minutes(1))) struct TLSCredentialsTests {
    private let certificates: TestCertificates
    /// As Kubernetes mounts a secret: names that lead through a link to a folder, which is replaced as a whole.
    private let mount: String
    private let configuration: TLSConfiguration

    init() throws {
        certificates = try TestCertificates.shared()
        mount = certificates.path(UUID().uuidString)
        configuration = TLSConfiguration(certificateChain: mount + "/data/tls.crt", privateKey: mount + "/data/tls.key")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        try put("ec", inFolder: "first")
        try link("first")
    }

    private func put(_ name: String, key: String? = nil, inFolder folder: String) throws {
        let folder = mount + "/" + folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (file, source) in [("tls.crt", certificates.certificate(name)), ("tls.key", certificates.key(key ?? name))] {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(file)")
            try FileManager.default.copyItem(atPath: source, toPath: "\(folder)/\(file)")
        }
    }

    private func link(_ folder: String) throws {
        try FileManager.default.createSymbolicLink(atPath: mount + "/new", withDestinationPath: folder)
        #expect(rename(mount + "/new", mount + "/data") == 0)
    }

    /// The server's name as a new client sees it.
    private func subject(_ listener: TLSListener) throws -> String? {
        let client = try listener.client()
        let connection = try listener.accept()
        #expect(try connection.handshake() == nil)
        try client.waitForWords("Verify return code: 0 (ok)")
        return client.words.replacing(" = ", with: "=").firstMatch(of: /subject=(.*)/).map { String($0.1) }
    }

    @Test func renewsUnderUse() throws {
        let listener = try TLSListener(configuration)
        let old = try listener.client()
        let connection = try listener.accept()
        #expect(try connection.handshake() == nil)
        let half = try LoopbackClient(listener.address)
        let stalled = try listener.accept()
        #expect(stalled.session.handshake() == .wouldBlock)

        try put("rsa", inFolder: "second")
        try link("second")
        #expect(try listener.credentials.reloadIfChanged())
        #expect(try subject(listener) == "CN=rsa")

        old.send("still here\n")
        #expect(try connection.readText(until: "\n") == "still here\n")
        try connection.write("and so am I\n")
        try old.waitForWords("and so am I")
        #expect(old.words.replacing(" = ", with: "=").contains("subject=CN=ec"))
        half.closeSending()
        #expect(try stalled.handshake() == .disconnected)
    }

    @Test func keepsWhatItHas() throws {
        let listener = try TLSListener(configuration)
        let mismatch = TLSError.keyDoesNotMatch(key: configuration.privateKey, certificate: configuration.certificateChain)
        try put("rsa", key: "ec", inFolder: "first")
        #expect(throws: mismatch) { try listener.credentials.reload() }
        // `reload` has said so; there is no news.
        #expect(try !listener.credentials.reloadIfChanged())
        #expect(try subject(listener) == "CN=ec")
        try FileManager.default.removeItem(atPath: configuration.privateKey)
        #expect(throws: TLSError.unreadable(file: configuration.privateKey, reason: "No such file or directory")) {
            try listener.credentials.reloadIfChanged()
        }
        #expect(try !listener.credentials.reloadIfChanged())
        #expect(try subject(listener) == "CN=ec")
        try put("rsa", inFolder: "first")
        #expect(try listener.credentials.reloadIfChanged())
        #expect(try subject(listener) == "CN=rsa")
    }

    @Test func looksAtFilesOnlyIfTheyChange() throws {
        let credentials = try TLSCredentials(configuration)
        let first = credentials.current
        #expect(try !credentials.reloadIfChanged() && credentials.current === first)
        try put("ec", inFolder: "first")
        #expect(try credentials.reloadIfChanged() && credentials.current !== first)
        // The same file, written over in place.
        let second = credentials.current
        let text = try Data(contentsOf: URL(fileURLWithPath: certificates.certificate("ec")))
        try text.write(to: URL(fileURLWithPath: configuration.certificateChain))
        #expect(try credentials.reloadIfChanged() && credentials.current !== second)
        #expect(try !credentials.reloadIfChanged())
    }

    @Test func changesKeysOfTicketsFromTimeToTime() throws {
        let credentials = try TLSCredentials(configuration, maximumAge: .milliseconds(20))
        let first = credentials.current
        Thread.sleep(forTimeInterval: 0.03)
        #expect(try credentials.reloadIfChanged() && credentials.current !== first)
    }

    /// Loops take what they need while others reload.
    @Test func reloadsSideBySide() throws {
        let credentials = try TLSCredentials(configuration)
        DispatchQueue.concurrentPerform(iterations: 8) { index in
            for _ in 0..<20 {
                if index < 2 { #expect(throws: Never.self) { try credentials.reload() } }
                _ = TLSSession(context: credentials.current, descriptor: -1)
            }
        }
    }

    @Test func needsGoodFilesToBeginWith() {
        #expect(throws: TLSError.unreadable(file: "/nowhere", reason: "No such file or directory")) {
            _ = try TLSCredentials(TLSConfiguration(certificateChain: "/nowhere", privateKey: "/nowhere"))
        }
    }
}
