import COpenSSL

/// Application-layer protocol negotiation (RFC 7301): of what a client offers, HTTP/1.1 is spoken here.
enum ApplicationProtocol {
    private static let name = Array("http/1.1".utf8)

    /// Where in a client's list (RFC 7301, 3.1: names after a byte each with their length) HTTP/1.1 stands.
    static func position(in offered: Span<UInt8>) -> Range<Int>? {
        var start = 0
        while start < offered.count {
            let range = start + 1..<start + 1 + Int(offered[start])
            guard range.upperBound <= offered.count else { return nil }
            if range.count == name.count, range.allSatisfy({ offered[$0] == name[$0 - range.lowerBound] }) { return range }
            start = range.upperBound
        }
        return nil
    }

    /// Makes `context` negotiate. A client that offers other protocols only gets the alert no_application_protocol (RFC 7301,
    /// 3.2), so that no attacker can carry its words into another protocol's server; one that offers none is served.
    static func negotiate(for context: OpaquePointer) {
        SSL_CTX_set_alpn_select_cb(
            context,
            { _, selected, selectedCount, offered, offeredCount, _ in
                let list = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
                guard let range = ApplicationProtocol.position(in: list.span) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                selected?.pointee = offered.map { $0 + range.lowerBound }
                selectedCount?.pointee = UInt8(range.count)
                return SSL_TLSEXT_ERR_OK
            }, nil)
    }
}
