import COpenSSL
import Foundation

/// A server's certificates, keys and rules, which its sessions share: an `SSL_CTX`.
///
/// The rules are those of RFC 9325: TLS 1.2 and 1.3, keys that are forgotten after use (forward secrecy), authenticated
/// encryption, neither compression (RFC 9325, 3.3) nor renegotiation (3.5), no early data (RFC 8446, 8: it can be replayed).
final class TLSContext: @unchecked Sendable {
    // Changed by `init` alone; OpenSSL counts references to it and locks the rest.
    let pointer: OpaquePointer

    init(_ configuration: TLSConfiguration) throws(TLSError) {
        OpenSSLErrors.clear()
        guard let pointer = SSL_CTX_new(TLS_server_method()) else { throw Self.unsupported() }
        self.pointer = pointer
        try setRules(minimumVersion: configuration.minimumVersion)
        try useCertificate(configuration.certificateChain, key: configuration.privateKey)
        if let file = configuration.clientAuthorities {
            try verifyClients(authorities: file, isRequired: configuration.clientCertificates == .required)
        }
        ApplicationProtocol.negotiate(for: pointer)
        SessionTickets.issue(for: pointer)
        HandshakeLimit.impose(on: pointer)
        // Of what was tried in vain, such as a group that this OpenSSL does not know.
        OpenSSLErrors.clear()
    }

    deinit { SSL_CTX_free(pointer) }

    // MARK: Rules

    /// For TLS 1.2 (RFC 9325, 4.2).
    private static let cipherSuites = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ]
    /// For TLS 1.3 (RFC 8446, 9.1).
    private static let cipherSuites1_3 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
    /// OpenSSL's own choice has finite-field groups too, with which a client makes the server do a lot of work for little of
    /// its own.
    private static let groups = ["X25519", "P-256", "P-384"]
    /// Safe against quantum computers too; OpenSSL 3.5 has it.
    private static let hybridGroup = "X25519MLKEM768"

    private func setRules(minimumVersion: TLSConfiguration.Version) throws(TLSError) {
        let version = minimumVersion == .tls1_3 ? TLS1_3_VERSION : TLS1_2_VERSION
        let groups = Self.groups.joined(separator: ":")
        // No keys or signatures that are worth less than 112 bits.
        SSL_CTX_set_security_level(pointer, 2)
        guard copenssl_set_minimum_version(pointer, version) == 1,
            SSL_CTX_set_cipher_list(pointer, Self.cipherSuites.joined(separator: ":")) == 1,
            SSL_CTX_set_ciphersuites(pointer, Self.cipherSuites1_3.joined(separator: ":")) == 1,
            copenssl_set_groups(pointer, "\(Self.hybridGroup):\(groups)") == 1 || copenssl_set_groups(pointer, groups) == 1
        else { throw Self.unsupported() }

        // ChaCha20 is for clients that put it first: they have no AES in hardware. The end of a stream without a close_notify
        // is left to HTTP, which frames its messages (RFC 9112, 9.8); `TLSSession.isTruncated` tells.
        SSL_CTX_set_options(
            pointer,
            copenssl_no_compression | copenssl_no_renegotiation | copenssl_server_preference | copenssl_prioritise_chacha
                | copenssl_ignore_unexpected_end)
        // Idle connections have no buffers; writes may stop at any record and go on from another address; the chain that is
        // sent is the file's, not one that OpenSSL puts together.
        copenssl_set_mode(
            pointer,
            UInt32(
                SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                    | SSL_MODE_AUTO_RETRY | SSL_MODE_NO_AUTO_CHAIN))
        // One system call for a record's header and body.
        copenssl_read_ahead(pointer)
    }

    // MARK: Files

    private func useCertificate(_ file: String, key keyFile: String) throws(TLSError) {
        try Self.requireReadable(file)
        guard SSL_CTX_use_certificate_chain_file(pointer, file) == 1 else {
            throw .noCertificate(file: file, reason: OpenSSLErrors.takeReason())
        }
        let key = try Self.readKey(keyFile)
        defer { EVP_PKEY_free(key) }
        guard X509_check_private_key(SSL_CTX_get0_certificate(pointer), key) == 1 else {
            OpenSSLErrors.clear()
            throw .keyDoesNotMatch(key: keyFile, certificate: file)
        }
        guard SSL_CTX_use_PrivateKey(pointer, key) == 1 else {
            throw .noPrivateKey(file: keyFile, reason: OpenSSLErrors.takeReason())
        }
    }

    private static func readKey(_ file: String) throws(TLSError) -> OpaquePointer {
        try requireReadable(file)
        let input = BIO_new_file(file, "r")
        defer { BIO_free(input) }
        // Asked for a password, OpenSSL would ask the terminal.
        var isEncrypted = false
        let key = PEM_read_bio_PrivateKey(
            input, nil,
            { _, _, _, isEncrypted in
                isEncrypted?.storeBytes(of: true, as: Bool.self)
                return -1
            }, &isEncrypted)
        if let key { return key }
        let reason = OpenSSLErrors.takeReason()
        throw .noPrivateKey(file: file, reason: isEncrypted ? "it is encrypted" : reason)
    }

    /// Asks clients for certificates, and names the authorities whose certificates are wanted (RFC 8446, 4.3.2, 4.2.4).
    private func verifyClients(authorities file: String, isRequired: Bool) throws(TLSError) {
        try Self.requireReadable(file)
        guard SSL_CTX_load_verify_file(pointer, file) == 1, let names = SSL_load_client_CA_file(file) else {
            throw .noClientAuthorities(file: file, reason: OpenSSLErrors.takeReason())
        }
        SSL_CTX_set_client_CA_list(pointer, names)
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nil)
    }

    /// OpenSSL would not say which file it was that it could not open.
    private static func requireReadable(_ file: String) throws(TLSError) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(file: file, reason: String(cString: strerror(errno))) }
        close(descriptor)
    }

    private static func unsupported() -> TLSError { .unsupported(reason: OpenSSLErrors.takeReason()) }
}
