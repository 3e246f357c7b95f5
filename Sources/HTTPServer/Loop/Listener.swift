import CLinux
import Foundation

/// A listening TCP socket. Once set up it belongs to one event loop.
final class Listener: @unchecked Sendable {
    let descriptor: Int32
    let address: SocketAddress
    /// Given up for a moment when the process has no descriptor left, so that a connection can be taken and closed instead of
    /// being announced for ever (EMFILE).
    private var reserve: Int32

    private static let backlog: Int32 = 4096

    /// Binds the first of the addresses that `host` stands for which can be bound.
    ///
    /// - Parameter port: 0 for any free one; `address` has the real one.
    init(host: String, port: Int) throws(ListenError) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else {
            throw .unknownHost(host: host, reason: String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(list) }

        var reason = "no address"
        var candidate = list
        while let information = candidate?.pointee {
            if let descriptor = Self.bind(information) {
                if let address = Self.address(of: descriptor) {
                    self.descriptor = descriptor
                    self.address = address
                    reserve = Self.openReserve()
                    return
                }
                close(descriptor)
            }
            reason = String(cString: strerror(errno))
            candidate = information.ai_next
        }
        throw .unavailable(address: SocketAddress(host: host, port: port).description, reason: reason)
    }

    /// A socket that listens on one address; nil, with `errno` set, if that cannot be.
    private static func bind(_ information: addrinfo) -> Int32? {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(information.ai_family, kind, 0)
        guard descriptor >= 0 else { return nil }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        if Foundation.bind(descriptor, information.ai_addr, information.ai_addrlen) == 0, listen(descriptor, backlog) == 0 {
            return descriptor
        }
        let reason = errno
        close(descriptor)
        errno = reason
        return nil
    }

    deinit {
        close(descriptor)
        close(reserve)
    }

    private static func address(of descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(descriptor, address, &length) == 0
                    && getnameinfo(
                        address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                        NI_NUMERICHOST | NI_NUMERICSERV) == 0
            }
        }
        guard isKnown, let number = Int(text(port)) else { return nil }
        return SocketAddress(host: text(host), port: number)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func openReserve() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }

    /// The next connection that waits, ready for use; nil when none does.
    func accept() -> AcceptedSocket? {
        while true {
            var storage = sockaddr_storage()
            let descriptor = Self.accept(self.descriptor, &storage)
            if descriptor >= 0 {
                var on: Int32 = 1
                // Answers are written whole: waiting for more to send only delays their last packet.
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                return AcceptedSocket(descriptor: descriptor, peer: PeerAddress(storage))
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE: guard dropOne() else { return nil }
            default: return nil
            }
        }
    }

    private static func accept(_ listener: Int32, _ storage: inout sockaddr_storage) -> Int32 {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { clinux_accept(listener, $0, &length) }
        }
    }

    /// Takes a connection on the reserve's descriptor and closes it at once. False if none was waiting.
    private func dropOne() -> Bool {
        close(reserve)
        var storage = sockaddr_storage()
        let descriptor = Self.accept(self.descriptor, &storage)
        if descriptor >= 0 { close(descriptor) }
        reserve = Self.openReserve()
        return descriptor >= 0
    }
}

/// A connection that was taken and has no owner yet.
struct AcceptedSocket: Sendable {
    var descriptor: Int32
    var peer: PeerAddress
}
