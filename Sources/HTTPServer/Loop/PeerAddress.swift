import Foundation

/// Where a connection comes from, without the port: an IPv6 address, an IPv4 address mapped into one (RFC 4291 section 2.5.5.2), or
/// this machine for a Unix-domain socket.
struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// In network order; zero for a Unix-domain socket.
    private let bytes: SIMD16<UInt8>

    static let local = PeerAddress(bytes: SIMD16())

    private init(bytes: SIMD16<UInt8>) { self.bytes = bytes }

    /// - Parameter storage: as `accept` fills it in.
    init(_ storage: sockaddr_storage) {
        var bytes = SIMD16<UInt8>()
        withUnsafeBytes(of: storage) { raw in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let address = raw.loadUnaligned(as: sockaddr_in.self)
                bytes[10] = 0xFF
                bytes[11] = 0xFF
                withUnsafeBytes(of: address.sin_addr) { for index in 0..<4 { bytes[12 + index] = $0[index] } }
            case AF_INET6:
                let address = raw.loadUnaligned(as: sockaddr_in6.self)
                withUnsafeBytes(of: address.sin6_addr) { for index in 0..<16 { bytes[index] = $0[index] } }
            default: break
            }
        }
        self.bytes = bytes
    }

    private var isIPv4: Bool { bytes.lowHalf == SIMD8() && bytes[8] == 0 && bytes[9] == 0 && bytes[10] == 0xFF && bytes[11] == 0xFF }

    var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    func append(to output: inout [UInt8]) {
        if self == .local { return output.append("local") }
        if isIPv4 {
            for index in 12..<16 {
                if index > 12 { output.append(UInt8(ascii: ".")) }
                output.append(decimal: Int(bytes[index]))
            }
            return
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = withUnsafeBytes(of: bytes) { inet_ntop(AF_INET6, $0.baseAddress, &text, socklen_t(text.count)) }
        for character in text.prefix(while: { $0 != 0 }) { output.append(UInt8(bitPattern: character)) }
    }
}
