import ArgumentParser
import HTTPServer

extension TLSConfiguration.ClientCertificates: ExpressibleByArgument {}
extension TLSConfiguration.Version: ExpressibleByArgument {}

/// Whether `serve` speaks HTTPS, and with which files.
struct TLSOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Speak HTTPS with this certificate: a PEM file, intermediate certificates behind it.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key: a PEM file, not encrypted.", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "Ask clients for certificates that these authorities have signed: a PEM file.", valueName: "file"))
    var tlsClientAuthorities: String?

    @Option(help: "Whether a client must have a certificate, where authorities are named.")
    var tlsClientCertificates = TLSConfiguration.ClientCertificates.required

    @Option(help: "The oldest version of TLS to speak.")
    var tlsMinimumVersion = TLSConfiguration.Version.tls1_2

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together.")
        }
        guard tlsCertificate != nil || tlsClientAuthorities == nil else {
            throw ValidationError("--tls-client-authorities needs --tls-certificate and --tls-key.")
        }
    }

    /// Nil for a service in the clear.
    func load() throws -> TLSCredentials? {
        guard let tlsCertificate, let tlsKey else { return nil }
        var configuration = TLSConfiguration(
            certificateChain: tlsCertificate, privateKey: tlsKey, clientAuthorities: tlsClientAuthorities)
        configuration.clientCertificates = tlsClientCertificates
        configuration.minimumVersion = tlsMinimumVersion
        return try TLSCredentials(configuration)
    }
}
