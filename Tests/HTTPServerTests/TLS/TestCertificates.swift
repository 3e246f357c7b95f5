import Foundation
import Testing

/// Keys and certificates in a temporary folder, made by the `openssl` command for these tests.
///
/// `root` vouches for `intermediate`, and that for the servers `ec` and `rsa`, whose files have both certificates. `clients`
/// vouches for `trainer`, `expired` and `server-only`, and `strangers` for `stranger`.
struct TestCertificates: Sendable {
    private let folder: String

    /// Made once for all tests, and removed at the end of the process.
    static func shared() throws -> TestCertificates { try made.get() }

    private static let made: Result<TestCertificates, any Error> = Result {
        atexit { if let made = try? TestCertificates.shared() { try? FileManager.default.removeItem(atPath: made.folder) } }
        return try TestCertificates()
    }

    func path(_ file: String) -> String { folder + "/" + file }
    func certificate(_ name: String) -> String { path(name + ".pem") }
    func key(_ name: String) -> String { path(name + ".key") }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-tls-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for root in ["root", "clients", "strangers"] { try makeRoot(root) }
        try make("intermediate", issuer: "root", extensions: "authority")
        try makeServer("ec")
        try makeServer("rsa", key: ["rsa:2048"])
        try make("trainer", subject: "/O=Müller, Söhne/CN=trainer", issuer: "clients", extensions: "client")
        try make("server-only", issuer: "clients", extensions: "server")
        try make("expired", issuer: "clients", extensions: "client", start: -200, end: -100)
        try make("stranger", issuer: "strangers", extensions: "client")
    }

    private static let p256 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

    private func makeRoot(_ name: String) throws {
        try openssl(
            ["req", "-x509", "-config", settings(name), "-extensions", "authority", "-subj", "/CN=\(name)", "-nodes", "-newkey"]
                + Self.p256 + ["-keyout", key(name), "-out", certificate(name)])
    }

    /// Makes a server's key and its chain of certificates.
    func makeServer(_ name: String, key: [String] = p256) throws {
        try make(name, issuer: "intermediate", extensions: "server", key: key)
        let chain = try [name, "intermediate"].map { try String(contentsOfFile: certificate($0), encoding: .utf8) }
        try chain.joined().write(toFile: certificate(name), atomically: true, encoding: .utf8)
    }

    /// Makes a key, and a certificate for it that is valid between two moments, in seconds from now.
    func make(
        _ name: String, subject: String? = nil, issuer: String, extensions: String, key newKey: [String] = p256,
        start: Double = -100, end: Double = 86_400
    ) throws {
        let settings = try settings(name)
        try openssl(
            ["req", "-new", "-config", settings, "-utf8", "-subj", subject ?? "/CN=\(name)", "-nodes", "-newkey"] + newKey
                + ["-keyout", key(name), "-out", path(name + ".csr")])
        try openssl([
            "ca", "-batch", "-notext", "-preserveDN", "-utf8", "-config", settings, "-extensions", extensions,
            "-cert", certificate(issuer), "-keyfile", key(issuer), "-startdate", time(start), "-enddate", time(end),
            "-in", path(name + ".csr"), "-out", certificate(name),
        ])
    }

    /// Writes a settings file for one certificate, with a database of issued certificates of its own: tests run side by side.
    private func settings(_ name: String) throws -> String {
        let settings = """
            [req]
            distinguished_name = name
            [name]
            [ca]
            default_ca = issuer
            [issuer]
            database = \(path(name + ".issued"))
            new_certs_dir = \(folder)
            default_md = sha256
            policy = any
            rand_serial = yes
            [any]
            commonName = supplied
            [authority]
            basicConstraints = critical, CA:true
            keyUsage = critical, keyCertSign, cRLSign
            [server]
            subjectAltName = DNS:localhost, IP:127.0.0.1
            extendedKeyUsage = serverAuth
            [client]
            extendedKeyUsage = clientAuth

            """
        try "".write(toFile: path(name + ".issued"), atomically: true, encoding: .utf8)
        try settings.write(toFile: path(name + ".settings"), atomically: true, encoding: .utf8)
        return path(name + ".settings")
    }

    private func time(_ seconds: Double) -> String {
        let formatter = DateFormatter()
        formatter.dateFormat = "yyyyMMddHHmmss'Z'"
        formatter.timeZone = TimeZone(identifier: "UTC")
        return formatter.string(from: Date(timeIntervalSinceNow: seconds))
    }

    func openssl(_ arguments: [String]) throws {
        let (status, words) = try ClientProcess(["openssl"] + arguments).finish()
        try #require(status == 0, "openssl \(arguments.joined(separator: " ")): \(words)")
    }
}
