import Foundation
import Testing

@testable import HTTPServer

/// A TLS server of the smallest kind: it takes one client after the other, and the test drives their sessions.
final class TLSListener {
    let credentials: TLSCredentials
    private let listener: Listener

    init(_ configuration: TLSConfiguration) throws {
        credentials = try TLSCredentials(configuration)
        listener = try Listener(.tcp(host: "127.0.0.1", port: 0), credentials: credentials)
    }

    /// The server `name` of the test certificates.
    convenience init(_ name: String = "ec", _ configure: (inout TLSConfiguration) -> Void = { _ in }) throws {
        let certificates = try TestCertificates.shared()
        var configuration = TLSConfiguration(certificateChain: certificates.certificate(name), privateKey: certificates.key(name))
        configure(&configuration)
        try self.init(configuration)
    }

    var address: SocketAddress { listener.address }

    /// Starts `openssl s_client`, which trusts `root` alone.
    func client(_ arguments: String..., input: String? = nil) throws -> ClientProcess { try client(arguments, input: input) }

    func client(_ arguments: [String], input: String? = nil) throws -> ClientProcess {
        let trust = ["-CAfile", try TestCertificates.shared().certificate("root"), "-verify_return_error"]
        return try ClientProcess(["openssl", "s_client", "-connect", "\(address)"] + trust + arguments, input: input)
    }

    /// Starts curl, which trusts `root` alone.
    func curl(_ arguments: String..., scheme: String = "https") throws -> ClientProcess {
        let root = try TestCertificates.shared().certificate("root")
        return try ClientProcess(
            ["curl", "-sS", "-m", "20", "--cacert", root, "\(scheme)://\(address)/"] + arguments)
    }

    /// Waits for a client to connect.
    func accept() throws -> TLSConnection {
        var waiting = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            if let accepted = listener.accept(), let context = accepted.tls {
                return try TLSConnection(context, descriptor: accepted.descriptor)
            }
            try #require(poll(&waiting, 1, 20_000) == 1, "no client has come")
        }
    }
}
